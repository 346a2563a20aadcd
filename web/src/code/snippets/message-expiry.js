// Lesson 10: a message may grow stale while it waits. The broker drops it then.

const display = {
  clientId: 'my-display',
  protocolVersion: 5,
  properties: { sessionExpiryInterval: 3600 },
};

let client = await mqtt.connectAsync({ ...display, clean: true });
await client.subscribeAsync('home/#', { qos: 1 });
await client.endAsync();

const sensor = await mqtt.connectAsync({ clientId: 'my-sensor', protocolVersion: 5 });
const expiring = (seconds) => ({ qos: 1, properties: { messageExpiryInterval: seconds } });
await sensor.publishAsync('home/bell', 'rings', expiring(2));
await sensor.publishAsync('home/door', 'open', expiring(600));
console.log('two messages wait; the first lives for 2 s');

await new Promise((resolve) => setTimeout(resolve, 3000));
client = mqtt.connect({ ...display, clean: false });
client.on('message', (topic, payload, { properties }) => {
  console.log(topic, payload.toString(), 'with', properties.messageExpiryInterval, 's left');
});
