// MQTT.js as a case wants it: each call waits for the broker's answer.

import mqtt from 'mqtt'

import { PATIENCE, check } from './harness.mjs'

const PROTOCOLS = {
  3.1: { protocolId: 'MQIsdp', protocolVersion: 3 },
  '3.1.1': { protocolVersion: 4 },
  5: { protocolVersion: 5 },
}

/** Values that arrive now or later, and those who wait for them. */
class Mailbox {
  values = []
  waiting = []

  put(value) {
    const next = this.waiting.shift()
    if (next) next(value)
    else this.values.push(value)
  }

  async take(what) {
    if (this.values.length > 0) return this.values.shift()
    let timer
    const late = new Promise((_, reject) => {
      const error = new Error(`no ${what} within ${PATIENCE / 1000} s`)
      timer = setTimeout(() => reject(error), PATIENCE)
    })
    try {
      return await Promise.race([new Promise((resolve) => this.waiting.push(resolve)), late])
    } finally {
      clearTimeout(timer)
    }
  }
}

/** A client and one connection of it. */
export class Link {
  messages = new Mailbox()
  connacks = new Mailbox()
  goodbyes = new Mailbox()
  closed = new Mailbox()

  /** Connects; `ack: false` keeps back every acknowledgement of a message. */
  static async connect(context, clientId, { ack = true, ...options } = {}) {
    const link = new Link()
    context.links.push(link)
    link.isV5 = context.version === '5'
    const client = mqtt.connect(context.url, {
      ...PROTOCOLS[context.version],
      clientId,
      clean: true,
      reconnectPeriod: 0,
      connectTimeout: PATIENCE,
      ...context.options,
      ...options,
    })
    link.client = client
    if (!ack) {
      client.handleMessage = (packet) => link.messages.put(packet)
    } else {
      // The packet itself may have a Topic Alias where the topic should be.
      client.on('message', (topic, _payload, packet) => link.messages.put({ ...packet, topic }))
    }
    client.on('connect', (connack) => link.connacks.put(connack))
    client.on('error', (error) => link.connacks.put({ error }))
    client.on('disconnect', (packet) => link.goodbyes.put(packet))
    client.on('close', () => link.closed.put(true))
    link.connack = await link.connacks.take('CONNACK')
    check(!link.connack.error, `CONNACK: ${link.connack.error?.message}`)
    return link
  }

  get sessionPresent() {
    return this.connack.sessionPresent
  }

  /** Subscribes and answers the granted QoS. */
  async subscribe(topic, options) {
    const [granted] = await this.client.subscribeAsync(topic, options)
    return granted.qos
  }

  async unsubscribe(topic) {
    await this.client.unsubscribeAsync(topic)
  }

  /** Publishes and waits until the exchange is over. */
  async publish(topic, payload, options = {}) {
    await this.client.publishAsync(topic, payload, options)
  }

  /** The next message, as a PUBLISH packet. */
  async receive() {
    return this.messages.take('message')
  }

  /** The payloads of the next messages. */
  async receivePayloads(count) {
    const payloads = []
    while (payloads.length < count) payloads.push(String((await this.receive()).payload))
    return payloads
  }

  /** Says goodbye and waits until the connection is gone. */
  async disconnect(options = {}) {
    await this.client.endAsync(false, this.isV5 ? options : {})
  }

  /** Ends the connection as a broken network does, without a word. */
  cut() {
    this.client.stream?.destroy()
  }
}
