// Lesson 2: session present says whether the broker still knew this client. Only if it did not
// does the client have to subscribe again.

const options = {
  clientId: 'my-display',
  protocolVersion: 5,
  properties: { sessionExpiryInterval: 60 },
};

async function visit(clean) {
  const client = mqtt.connect({ ...options, clean });
  const { sessionPresent } = await new Promise((resolve) => client.on('connect', resolve));
  console.log(`Clean Start ${Number(clean)}: session present ${sessionPresent}`);
  if (!sessionPresent) {
    const [granted] = await client.subscribeAsync('home/#', { qos: 1 });
    console.log(`  subscribed to ${granted.topic} at QoS ${granted.qos}`);
  }
  await client.endAsync();
}

await visit(true); // a new session
await visit(false); // the same session again
await visit(true); // dropped, and a new one
