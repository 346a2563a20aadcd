// Lesson 1: a clean session forgets. What is published while its client is away never comes.

const display = { clientId: 'my-display', protocolVersion: 4, clean: true };

let client = await mqtt.connectAsync(display);
await client.subscribeAsync('home/#', { qos: 1 });
console.log('my-display has subscribed; now it goes away');
await client.endAsync();

const sensor = await mqtt.connectAsync({ clientId: 'my-sensor', protocolVersion: 4 });
await sensor.publishAsync('home/door', 'open', { qos: 1 });
console.log('my-sensor has published; the broker knew nobody who wanted it');

client = mqtt.connect(display);
client.on('connect', ({ sessionPresent }) => {
  console.log('my-display is back; session present:', sessionPresent);
});
client.on('message', (topic, payload) => console.log(topic, payload.toString()));

setTimeout(() => console.log('nothing came, and without SUBSCRIBE nothing will'), 3000);
