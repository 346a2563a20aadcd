// Messages: QoS, retained, will, expiry, and what version 5 adds.

import { check, checkEqual, seconds, testCase } from './harness.mjs'
import { Link } from './link.mjs'

const V5 = { versions: ['5'] }

/** A publisher and a subscriber. */
async function pair(context, options = {}) {
  return [
    await Link.connect(context, context.clientId('pub')),
    await Link.connect(context, context.clientId('sub'), options),
  ]
}

/** Payload, QoS and RETAIN of a message. */
function shown({ payload, qos, retain }) {
  return [String(payload), qos, retain]
}

testCase('each QoS arrives once and in order', {}, async (context) => {
  const [publisher, subscriber] = await pair(context)
  const topic = context.topic()
  for (const granted of [0, 1, 2]) {
    checkEqual(await subscriber.subscribe(topic, { qos: granted }), granted, 'granted QoS')
    for (const qos of [0, 1, 2]) {
      const sent = Array.from({ length: 20 }, (_, index) => `${granted} ${qos} ${index}`)
      // All at once: MQTT.js sends them back to back, many packets to a frame or segment.
      await Promise.all(sent.map((payload) => publisher.publish(topic, payload, { qos })))
      const found = []
      while (found.length < sent.length) found.push(shown(await subscriber.receive()))
      const expected = sent.map((payload) => [payload, Math.min(qos, granted), false])
      checkEqual(found, expected, 'messages')
    }
  }
  await publisher.publish(topic, 'last', { qos: 1 })
  checkEqual(await subscriber.receivePayloads(1), ['last'], 'nothing comes twice')
})

testCase('large payload arrives whole', {}, async (context) => {
  const [publisher, subscriber] = await pair(context)
  await subscriber.subscribe(context.topic(), { qos: 2 })
  const payload = Buffer.alloc(512_000, (Math.random() * 256) | 0)
  await publisher.publish(context.topic(), payload, { qos: 2 })
  check(payload.equals((await subscriber.receive()).payload), 'the payload is another one')
})

testCase('retained message waits for subscribers', {}, async (context) => {
  const [publisher, subscriber] = await pair(context)
  const topic = context.topic()
  const retained = { qos: 1, retain: true }
  await publisher.publish(topic, 'old', retained)
  await publisher.publish(topic, 'kept', retained)
  await subscriber.subscribe(topic, { qos: 1 })
  checkEqual(shown(await subscriber.receive()), ['kept', 1, true], 'at subscribe')
  await publisher.publish(topic, 'live', retained)
  checkEqual(shown(await subscriber.receive()), ['live', 1, false], 'while subscribed')
  await publisher.publish(topic, '', retained)
  checkEqual(shown(await subscriber.receive()), ['', 1, false], 'the empty message itself')
  await subscriber.unsubscribe(topic)
  await subscriber.subscribe(topic, { qos: 1 })
  await publisher.publish(topic, 'marker', { qos: 1 })
  checkEqual(await subscriber.receivePayloads(1), ['marker'], 'after it was cleared')
})

testCase('will is sent when the connection breaks', {}, async (context) => {
  const [, subscriber] = await pair(context)
  const topic = context.topic('will')
  await subscriber.subscribe(topic, { qos: 1 })
  const will = { topic, payload: Buffer.from('broken'), qos: 1, retain: false }
  const dying = await Link.connect(context, context.clientId('will'), { will })
  dying.cut()
  checkEqual(shown(await subscriber.receive()), ['broken', 1, false], 'will')
})

testCase('will is dropped when the client says goodbye', {}, async (context) => {
  const [publisher, subscriber] = await pair(context)
  const topic = context.topic('will')
  await subscriber.subscribe(topic, { qos: 1 })
  const will = { topic, payload: Buffer.from('broken'), qos: 1, retain: false }
  const polite = await Link.connect(context, context.clientId('will'), { will })
  await polite.disconnect()
  // The same id again: the first connection is surely over when this one is answered.
  await Link.connect(context, context.clientId('will'))
  await publisher.publish(topic, 'marker', { qos: 1 })
  checkEqual(await subscriber.receivePayloads(1), ['marker'], 'after the goodbye')
})

testCase('message expiry arrives reduced', V5, async (context) => {
  const topic = context.topic()
  const away = { clean: false, properties: { sessionExpiryInterval: 3600 } }
  const [publisher, before] = await pair(context, away)
  await before.subscribe(topic, { qos: 1 })
  await before.disconnect()
  const expiring = (messageExpiryInterval) => ({ qos: 1, properties: { messageExpiryInterval } })
  await publisher.publish(topic, 'long', expiring(600))
  await publisher.publish(topic, 'short', expiring(1))
  await publisher.publish(topic, 'never', { qos: 1 })
  await seconds(2.5)
  const after = await Link.connect(context, context.clientId('sub'), away)
  const long = await after.receive()
  checkEqual(String(long.payload), 'long', 'first message')
  const left = long.properties?.messageExpiryInterval
  check(left > 500 && left <= 598, `of 600 s, ${left} s are said to be left after 2.5 s`)
  const never = await after.receive()
  checkEqual(String(never.payload), 'never', 'the message after the one that expired')
  checkEqual(never.properties?.messageExpiryInterval, undefined, 'expiry of a message of none')
})

testCase('properties pass through', V5, async (context) => {
  const [publisher, subscriber] = await pair(context)
  const topic = context.topic()
  await subscriber.subscribe(topic, { qos: 1, properties: { subscriptionIdentifier: 1 } })
  const properties = {
    payloadFormatIndicator: true,
    contentType: 'text/plain',
    responseTopic: 'answers/here',
    correlationData: Buffer.from([0, 1, 255]),
    userProperties: { a: ['1', '3'], b: '2' },
  }
  await publisher.publish(topic, 'payload', { qos: 1, properties })
  const found = { ...(await subscriber.receive()).properties }
  found.userProperties = { ...found.userProperties }
  checkEqual(found, { ...properties, subscriptionIdentifier: 1 }, 'properties')
})

testCase('topic aliases stand for topics both ways', V5, async (context) => {
  const publisher = await Link.connect(context, context.clientId('pub'), {
    autoAssignTopicAlias: true,
  })
  const subscriber = await Link.connect(context, context.clientId('sub'), {
    properties: { topicAliasMaximum: 2 },
  })
  check(publisher.connack.properties?.topicAliasMaximum > 0, 'the server takes no aliases')
  const topics = ['a', 'b', 'c'].map((name) => context.topic(name))
  await subscriber.subscribe(context.topic('+'), { qos: 1 })
  for (let round = 0; round < 3; round += 1) {
    for (const topic of topics) await publisher.publish(topic, topic, { qos: 1 })
  }
  for (let round = 0; round < 3; round += 1) {
    for (const topic of topics) {
      const message = await subscriber.receive()
      checkEqual([message.topic, String(message.payload)], [topic, topic], 'topic, payload')
    }
  }
})

testCase('client without an id is given one', V5, async (context) => {
  const first = await Link.connect(context, '')
  const second = await Link.connect(context, '')
  const given = [first, second].map((link) => link.connack.properties?.assignedClientIdentifier)
  check(given[0] && given[1] && given[0] !== given[1], `assigned: ${given}`)
})
