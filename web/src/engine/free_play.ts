import { type ClientDefinition, defaultClient, defaultSettings, type Scenario } from 'afterlink-wasm';

/** The version of the scenario format this page writes. */
export const SCENARIO_VERSION = 1;

/** What free play begins with: a sensor and a display, not connected yet. */
export function freePlay(): Scenario {
  return {
    version: SCENARIO_VERSION,
    settings: { ...defaultSettings(), clients: [client('sensor'), client('display')] },
    commands: [],
  };
}

/** A client of MQTT 5.0 whose session outlives its connection by an hour. */
export function client(name: string): ClientDefinition {
  const definition = defaultClient(name);
  if (definition.config !== undefined) {
    definition.config.client_identifier = name;
    definition.config.session_expiry_interval = 3600;
    definition.config.clean_start = false;
  }
  return definition;
}
