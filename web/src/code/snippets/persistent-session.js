// Lesson 1: a persistent session waits. What is published meanwhile is there on return.

// MQTT 5.0: the session outlives the connection by as many seconds as the expiry says.
const display = {
  clientId: 'my-display',
  protocolVersion: 5,
  clean: false, // Clean Start 0: go on with the session, if there is one
  properties: { sessionExpiryInterval: 3600 },
};

let client = await mqtt.connectAsync({ ...display, clean: true });
await client.subscribeAsync('home/#', { qos: 1 });
console.log('my-display has subscribed; now it goes away');
await client.endAsync();

const sensor = await mqtt.connectAsync({ clientId: 'my-sensor', protocolVersion: 5 });
await sensor.publishAsync('home/door', 'open', { qos: 1 });
await sensor.publishAsync('home/door', 'closed', { qos: 1 });
console.log('two messages wait in the queue of my-display: look at the inspector');
await new Promise((resolve) => setTimeout(resolve, 2000));

// The handler has to be there before the connection: messages come right behind CONNACK.
client = mqtt.connect(display);
client.on('connect', ({ sessionPresent }) => {
  console.log('my-display is back; session present:', sessionPresent);
});
client.on('message', (topic, payload) => console.log('received', topic, payload.toString()));
