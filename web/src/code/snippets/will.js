// Lesson 12: a will is published when its client is gone without saying goodbye.

const watcher = await mqtt.connectAsync({ clientId: 'my-watcher', protocolVersion: 5 });
watcher.on('message', (topic, payload) => console.log(topic, 'is', payload.toString()));
await watcher.subscribeAsync('status/#', { qos: 1 });

const device = (clientId) => ({
  clientId,
  protocolVersion: 5,
  reconnectPeriod: 0, // it stays away
  will: { topic: `status/${clientId}`, payload: 'lost', qos: 1, retain: true },
});

const polite = await mqtt.connectAsync(device('my-pump'));
await polite.endAsync(); // DISCONNECT with reason 0: the will is dropped
console.log('my-pump has said goodbye');

const crashed = await mqtt.connectAsync(device('my-valve'));
crashed.stream.destroy(); // the connection closes without DISCONNECT
console.log('my-valve has crashed');
