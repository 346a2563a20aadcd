// Lessons 4 and 5: QoS 1 is PUBLISH and PUBACK, QoS 2 is PUBLISH, PUBREC, PUBREL and PUBCOMP.
// Drop one of these packets on the stage and see what comes again.

const receiver = await mqtt.connectAsync({ clientId: 'my-receiver', protocolVersion: 5 });
receiver.on('message', (topic, payload, packet) => {
  console.log(`received ${payload} at QoS ${packet.qos}, DUP ${packet.dup}`);
});
await receiver.subscribeAsync('orders/#', { qos: 2 });

const sender = await mqtt.connectAsync({ clientId: 'my-sender', protocolVersion: 5 });
sender.on('packetsend', ({ cmd, messageId }) => console.debug('→', cmd, messageId ?? ''));
sender.on('packetreceive', ({ cmd, messageId }) => console.debug('←', cmd, messageId ?? ''));

await sender.publishAsync('orders/1', 'fire and forget', { qos: 0 });
await sender.publishAsync('orders/2', 'at least once', { qos: 1 });
await sender.publishAsync('orders/3', 'exactly once', { qos: 2 });
console.log('all three are acknowledged as far as their QoS asks for it');
