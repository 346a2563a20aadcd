import {
  type ClientDefinition,
  defaultClient,
  defaultSettings,
  type Scenario,
  type TimedCommand,
} from 'afterlink-wasm';

/** The version of the scenario format this page writes. */
export const SCENARIO_VERSION = 1;

/** How long a packet travels, so that one sees it and can catch it, in milliseconds. */
const TRAVEL_MS = 300;

/** What free play begins with: a sensor and a display, not connected yet. */
export function freePlay(): Scenario {
  return scenario([client('sensor'), client('display')], []);
}

/** A client of MQTT 5.0 whose session outlives its connection by an hour, but for what is said. */
export function client(
  name: string,
  other: Partial<ClientDefinition['config']> = {},
): ClientDefinition {
  const definition = defaultClient(name);
  if (definition.config === undefined) return definition;
  const config = {
    ...definition.config,
    client_identifier: name,
    session_expiry_interval: 3_600,
    clean_start: false,
    ...other,
  };
  return { ...definition, config };
}

/** A scenario whose packets travel long enough to be seen. */
export function scenario(clients: ClientDefinition[], commands: TimedCommand[]): Scenario {
  const link = { to_broker_ms: TRAVEL_MS, to_client_ms: TRAVEL_MS, reorder: false };
  return { version: SCENARIO_VERSION, settings: { ...defaultSettings(), link, clients }, commands };
}
