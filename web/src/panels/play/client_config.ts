import type { ClientConfig, ProtocolVersion } from 'afterlink-wasm';

/** What CONNECT can carry in version 5 only; the engine takes none of it in version 3. */
const V5_ONLY = [
  'session_expiry_interval',
  'receive_maximum',
  'topic_alias_maximum',
  'request_response_information',
  'request_problem_information',
  'authentication_method',
  'authentication_data',
] as const;

/** The same client in another version, without what that version has no field for. */
export function adapt(config: ClientConfig, version: ProtocolVersion): ClientConfig {
  const adapted: ClientConfig = { ...config, version };
  if (version === 'V5') return adapted;
  for (const key of V5_ONLY) delete adapted[key];
  adapted.user_properties = [];
  if (adapted.will !== undefined) {
    adapted.will = { ...adapted.will, properties: { user_properties: [] } };
    delete adapted.will.will_delay_interval;
  }
  return adapted;
}
