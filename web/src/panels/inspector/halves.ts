import type {
  ClientStageName,
  ClientView,
  InflightView,
  QoS,
  ReceivedStage,
  StageName,
} from 'afterlink-wasm';

/** What one side holds of an exchange. */
export interface Half<Stage> {
  stage: Stage;
  topic: string | undefined;
  qos: QoS | undefined;
}

/** Who remembers an exchange. */
export type Held = 'both' | 'client' | 'broker';

/** A message on its way to the broker: the client sends, the broker waits for PUBREL. */
export interface ToBroker {
  identifier: number;
  client: Half<ClientStageName> | undefined;
  /** Whether the broker has its identifier. */
  broker: boolean;
  held: Held;
}

/** A message on its way to the client: the broker sends. */
export interface ToClient {
  identifier: number;
  client: ReceivedStage | undefined;
  broker: Half<StageName> | undefined;
  held: Held;
}

export interface Comparison {
  toBroker: ToBroker[];
  toClient: ToClient[];
  /** How many of them only one side remembers. */
  oneSided: number;
}

/** Puts what the client remembers beside what the broker does, by packet identifier. */
export function compare(
  client: ClientView | undefined,
  inflight: InflightView[],
  received: number[],
): Comparison {
  const toBroker = new Map<number, ToBroker>();
  for (const { packet_identifier: identifier, stage, message } of client?.session?.inflight ?? []) {
    const half = { stage, topic: message?.topic, qos: message?.qos };
    toBroker.set(identifier, { identifier, client: half, broker: false, held: 'client' });
  }
  for (const identifier of received) {
    const known = toBroker.get(identifier);
    const held = known === undefined ? 'broker' : 'both';
    toBroker.set(identifier, { identifier, client: known?.client, broker: true, held });
  }

  const toClient = new Map<number, ToClient>();
  for (const { packet_identifier: identifier, stage, qos, message } of inflight) {
    const half = { stage, qos, topic: message?.topic };
    toClient.set(identifier, { identifier, client: undefined, broker: half, held: 'broker' });
  }
  for (const [identifier, stage] of receivedBy(client)) {
    const known = toClient.get(identifier);
    const held = known === undefined ? 'client' : 'both';
    toClient.set(identifier, { identifier, client: stage, broker: known?.broker, held });
  }

  const rows = { toBroker: sorted(toBroker), toClient: sorted(toClient) };
  const all = [...rows.toBroker, ...rows.toClient];
  return { ...rows, oneSided: all.filter((row) => row.held !== 'both').length };
}

/** What the client has received and not finished: in its session, and in its application. */
function receivedBy(client: ClientView | undefined): Map<number, ReceivedStage> {
  const stages = new Map<number, ReceivedStage>();
  for (const [identifier] of client?.unacknowledged ?? [])
    stages.set(identifier, 'AwaitingApplication');
  for (const { packet_identifier, stage } of client?.session?.received ?? [])
    stages.set(packet_identifier, stage);
  return stages;
}

function sorted<T extends { identifier: number }>(rows: Map<number, T>): T[] {
  return [...rows.values()].sort((one, other) => one.identifier - other.identifier);
}
