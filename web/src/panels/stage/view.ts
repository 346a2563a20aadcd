import type { ClientView, Direction, FlightView, LinkView, Simulation } from 'afterlink-wasm';

import type { Flight, LaneState } from './ladder';
import { BROKER } from './mark_text';
import type { KnownPacket } from './packet_text';

/** A client as its lane's head shows it. */
export interface ClientHeadView {
  name: string;
  /** The name of its session. */
  identifier: string;
  version: ClientView['config']['version'];
  state: ClientView['state'];
  isFrozen: boolean;
  /** Whether a program outside says what it does. */
  isOutside: boolean;
  /** Whether it holds a connection that is not cut. */
  canCut: boolean;
  /** Whether a connection of it, held by anyone, is cut. */
  isCut: boolean;
}

/** A packet in flight and what there is to say of it. */
export interface KnownFlight extends Flight {
  known: KnownPacket;
}

/** What the stage shows beside the trace. */
export interface StageView {
  clients: ClientHeadView[];
  flights: KnownFlight[];
  states: ReadonlyMap<string, LaneState>;
  /** When the broker's process is back; absent while it is up. */
  returnsAt: number | undefined;
}

export function stageView(simulation: Simulation): StageView {
  const clients = simulation.clients(0);
  const links = simulation.links();
  const returnsAt = simulation.position().broker_returns_at;
  const states = new Map<string, LaneState>([[BROKER, returnsAt === undefined ? 'up' : 'down']]);
  for (const client of clients) states.set(client.name, client.state);
  return {
    clients: clients.map((client) => head(client, links)),
    flights: links.flatMap(flights),
    states,
    returnsAt,
  };
}

function head(client: ClientView, links: readonly LinkView[]): ClientHeadView {
  const own = links.filter((link) => link.client === client.name);
  return {
    name: client.name,
    identifier: client.values?.client_identifier ?? client.config.client_identifier,
    version: client.config.version,
    state: client.state,
    isFrozen: client.is_frozen,
    isOutside: client.is_outside,
    canCut: own.some((link) => link.link === client.link && !link.is_cut),
    isCut: own.some((link) => link.is_cut),
  };
}

function flights(link: LinkView): KnownFlight[] {
  const { client, version, is_cut: isCut } = link;
  const lane = (direction: Direction, views: readonly FlightView[]): KnownFlight[] =>
    views.map((flight) => ({
      packet: flight.packet,
      arrivesAt: flight.arrives_at,
      isHeld: flight.is_held,
      isCut,
      known: { ...flight, client, version, direction },
    }));
  return [...lane('to_broker', link.to_broker), ...lane('to_client', link.to_client)];
}
