import type {
  ClientDefinition,
  Command,
  Scenario,
  SubscriptionRequest,
  TimedCommand,
} from 'afterlink-wasm';

import { client, scenario } from './free_play';

/** Five clients of both versions, at work: their sessions are in five different states. */
export function fiveClients(): Scenario {
  const persistent = { session_expiry_interval: 120, receive_maximum: 2 };
  const clients = [
    client('sensor'),
    client('display', persistent),
    client('logger', { version: 'V3_1_1', session_expiry_interval: undefined }),
    client('phone', { session_expiry_interval: 15, will: will('status/phone') }),
    client('pump', { session_expiry_interval: 4_294_967_295 }),
  ];
  const names = ['sensor', 'display', 'logger', 'phone', 'pump'];
  const commands: TimedCommand[] = [
    ...names.map((name, place) => at(place * 200, { command: 'connect', client: name })),
    at(1_000, subscribe('display', 'home/#', 'ExactlyOnce')),
    at(1_200, subscribe('logger', '#', 'AtLeastOnce')),
    at(1_400, subscribe('phone', 'alarm/+', 'AtLeastOnce')),
    at(1_600, subscribe('pump', 'pump/set', 'ExactlyOnce')),
    at(2_500, publish('sensor', 'home/temperature', '21', 'ExactlyOnce')),
    at(3_500, { command: 'cut', client: 'phone' }),
    at(4_000, { command: 'cut', client: 'pump' }),
    at(4_500, publish('display', 'pump/set', 'on', 'ExactlyOnce')),
    at(5_000, publish('sensor', 'alarm/door', 'open', 'AtLeastOnce', 30)),
    at(5_200, publish('sensor', 'alarm/smoke', 'none', 'AtLeastOnce')),
    at(6_000, publish('sensor', 'home/humidity', '48', 'ExactlyOnce')),
    at(7_000, { command: 'cut', client: 'display' }),
    at(8_000, publish('sensor', 'home/temperature', '22', 'AtLeastOnce', 60)),
  ];
  return scenario(clients, commands);
}

function at(ms: number, command: Command): TimedCommand {
  return { at: ms, do: command };
}

function subscribe(
  name: string,
  filter: string,
  qos: SubscriptionRequest['options']['qos'],
): Command {
  const options = {
    qos,
    no_local: false,
    retain_as_published: false,
    retain_handling: 'Send',
  } as const;
  return { command: 'subscribe', client: name, filters: [{ filter, options }] };
}

function publish(
  name: string,
  topic: string,
  payload: string,
  qos: SubscriptionRequest['options']['qos'],
  expiry?: number,
): Command {
  const properties = { user_properties: [], message_expiry_interval: expiry };
  return { command: 'publish', client: name, topic, payload, qos, properties };
}

function will(topic: string): NonNullable<NonNullable<ClientDefinition['config']>['will']> {
  return {
    topic,
    payload: [...new TextEncoder().encode('offline')],
    qos: 'AtLeastOnce',
    retain: false,
    will_delay_interval: 10,
    properties: { user_properties: [] },
  };
}
