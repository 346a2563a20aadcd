// Sessions that outlive a connection.

import { CAP, NEVER, check, checkEqual, seconds, testCase } from './harness.mjs'
import { Link } from './link.mjs'

/** A connection whose session is kept. */
function kept(context, name, expiry = 3600, more = {}) {
  const properties = context.version === '5' ? { sessionExpiryInterval: expiry } : undefined
  return Link.connect(context, context.clientId(name), { clean: false, properties, ...more })
}

/** Queues a message of each QoS for an absent subscriber, which returns for them. */
async function publishWhileAway(context, expected) {
  const topic = context.topic()
  let subscriber = await kept(context, 'kept')
  await subscriber.subscribe(topic, { qos: 2 })
  await subscriber.disconnect()

  const publisher = await Link.connect(context, context.clientId('pub'))
  for (const qos of [0, 1, 2]) await publisher.publish(topic, `qos ${qos}`, { qos })

  subscriber = await kept(context, 'kept')
  if (context.version !== '3.1') check(subscriber.sessionPresent, 'session present is 0')
  const found = []
  while (found.length < expected.length) {
    const { payload, qos, dup } = await subscriber.receive()
    found.push([String(payload), qos])
    check(!dup, 'a first delivery has DUP set')
  }
  checkEqual(found, expected, 'messages on return')
  await publisher.publish(topic, 'live', { qos: 1 })
  checkEqual(await subscriber.receivePayloads(1), ['live'], 'after the queue')
}

testCase('persistent session keeps QoS 1 and 2', {}, (context) =>
  publishWhileAway(context, [
    ['qos 1', 1],
    ['qos 2', 2],
  ]),
)

testCase('persistent session keeps QoS 0 where asked to', { server: 'open' }, (context) =>
  publishWhileAway(context, [
    ['qos 0', 0],
    ['qos 1', 1],
    ['qos 2', 2],
  ]),
)

testCase('session present', { versions: ['3.1.1', '5'] }, async (context) => {
  for (const expected of [false, true]) {
    const link = await kept(context, 'present')
    checkEqual(link.sessionPresent, expected, 'session present')
    await link.disconnect()
  }
  const clean = await Link.connect(context, context.clientId('present'))
  checkEqual(clean.sessionPresent, false, 'session present after a clean start')
})

testCase('unacknowledged messages come again with DUP', {}, async (context) => {
  const topic = context.topic()
  let subscriber = await kept(context, 'dup', 3600, { ack: false })
  await subscriber.subscribe(topic, { qos: 2 })
  const publisher = await Link.connect(context, context.clientId('pub'))
  // MQTT.js reads nothing more until it has acknowledged, so one message is all it can hold.
  await publisher.publish(topic, 'again', { qos: 1 })
  const first = await subscriber.receive()
  subscriber.cut()

  subscriber = await kept(context, 'dup')
  const again = await subscriber.receive()
  checkEqual(String(again.payload), 'again', 'payload')
  check(again.dup, 'DUP is not set')
  checkEqual(again.messageId, first.messageId, 'packet identifier')
})

testCase('second connection takes the session over', {}, async (context) => {
  const topic = context.topic()
  const old = await kept(context, 'taken')
  await old.subscribe(topic, { qos: 1 })
  const fresh = await kept(context, 'taken')
  await old.closed.take('end of the old connection')
  if (context.version === '5') {
    const goodbye = await old.goodbyes.take('DISCONNECT')
    checkEqual(goodbye.reasonCode, 0x8e, 'reason code of DISCONNECT')
  }
  if (context.version !== '3.1') check(fresh.sessionPresent, 'session present is 0')
  await fresh.publish(topic, 'to the new one', { qos: 1 })
  checkEqual(await fresh.receivePayloads(1), ['to the new one'], 'message after the takeover')
})

testCase('session expires after its interval', { versions: ['5'] }, async (context) => {
  const topic = context.topic()
  let link = await kept(context, 'expiry', 15)
  await link.subscribe(topic, { qos: 1 })
  link.cut()
  await seconds(5)
  link = await kept(context, 'expiry', 15)
  check(link.sessionPresent, 'the session is gone 5 s into an expiry of 15 s')
  await link.disconnect()
  const publisher = await Link.connect(context, context.clientId('pub'))
  await publisher.publish(topic, 'for nobody', { qos: 1 })
  await seconds(16)
  link = await kept(context, 'expiry', 15)
  check(!link.sessionPresent, 'the session is there 16 s into an expiry of 15 s')
  await link.subscribe(topic, { qos: 1 })
  await publisher.publish(topic, 'new', { qos: 1 })
  checkEqual(await link.receivePayloads(1), ['new'], 'messages in the new session')
})

testCase('expiry may be changed when leaving', { versions: ['5'] }, async (context) => {
  const link = await kept(context, 'change')
  await link.disconnect({ properties: { sessionExpiryInterval: 0 } })
  const again = await kept(context, 'change')
  check(!again.sessionPresent, 'the expiry of 0 at DISCONNECT was not obeyed')
})

testCase(
  'expiry of never is kept where no cap is set',
  { versions: ['5'], server: 'open' },
  async (context) => {
    let link = await kept(context, 'never', NEVER)
    const answered = link.connack.properties?.sessionExpiryInterval ?? NEVER
    checkEqual(answered, NEVER, 'Session Expiry Interval in CONNACK')
    await link.disconnect()
    // Longer than the capped server would keep it.
    await seconds(CAP + 1)
    link = await kept(context, 'never', NEVER)
    check(link.sessionPresent, 'the session is gone')
    await link.disconnect({ properties: { sessionExpiryInterval: 0 } })
  },
)

testCase(
  'expiry of never is answered with the cap',
  { versions: ['5'], server: 'capped' },
  async (context) => {
    let link = await kept(context, 'never', NEVER)
    const answered = link.connack.properties?.sessionExpiryInterval
    checkEqual(answered, CAP, 'Session Expiry Interval in CONNACK')
    await link.disconnect()
    await seconds(CAP + 1)
    link = await kept(context, 'never', NEVER)
    check(!link.sessionPresent, 'the session outlived the cap')
  },
)
