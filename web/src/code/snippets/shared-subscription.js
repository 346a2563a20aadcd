// Lesson 15: the members of a shared subscription get each message once between them.

for (const clientId of ['my-worker-1', 'my-worker-2']) {
  const worker = await mqtt.connectAsync({ clientId, protocolVersion: 5 });
  worker.on('message', (topic, payload) => console.log(clientId, 'does', payload.toString()));
  await worker.subscribeAsync('$share/workers/jobs/#', { qos: 1 });
}

const boss = await mqtt.connectAsync({ clientId: 'my-boss', protocolVersion: 5 });
for (const job of ['job 1', 'job 2', 'job 3', 'job 4']) {
  await boss.publishAsync('jobs/new', job, { qos: 1 });
}
console.log('four jobs are handed out');
