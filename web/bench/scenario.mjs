/**
 * A scenario in which `sessions` persistent sessions are away with `messages` messages each, while
 * a sensor and a logger go on talking.
 */
export function busy({ defaultClient, defaultSettings }, sessions, messages) {
  const client = (name) => {
    const definition = defaultClient(name);
    const config = { client_identifier: name, clean_start: false, session_expiry_interval: 3_600 };
    return { ...definition, config: { ...definition.config, ...config } };
  };
  const away = Array.from({ length: sessions }, (_, place) => `away-${place}`);
  const names = ['sensor', 'logger', ...away];
  const commands = [];
  const at = (ms, command) => commands.push({ at: ms, do: command });
  const options = {
    qos: 'AtLeastOnce',
    no_local: false,
    retain_as_published: false,
    retain_handling: 'Send',
  };
  const publish = (topic, expiry) => ({
    command: 'publish',
    client: 'sensor',
    topic,
    payload: '21',
    qos: 'AtLeastOnce',
    properties: { user_properties: [], message_expiry_interval: expiry },
  });
  for (const name of names) at(0, { command: 'connect', client: name });
  for (const name of away) {
    at(500, { command: 'subscribe', client: name, filters: [{ filter: 'all', options }] });
  }
  at(500, { command: 'subscribe', client: 'logger', filters: [{ filter: 'live', options }] });
  for (const name of away) at(1_000, { command: 'cut', client: name });
  for (let message = 0; message < messages; message += 1) {
    at(1_500 + message, publish('all', 600 + message));
  }
  const settings = { ...defaultSettings(), clients: names.map(client) };
  for (let second = 0; second < 36; second += 1) {
    for (let part = 0; part < 10; part += 1)
      at(5_000 + 1_000 * second + 100 * part, publish('live'));
  }
  return { version: 1, settings, commands };
}
