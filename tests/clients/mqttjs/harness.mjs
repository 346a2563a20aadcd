// What the MQTT.js cases share: a registry, checks, and a runner that prints PASS or FAIL.

import { isDeepStrictEqual, parseArgs } from 'node:util'

// Milliseconds. Far more than a broker needs, since a busy machine must not fail a case.
export const PATIENCE = 30_000

// Seconds of the cap on the Session Expiry Interval of the capped server.
export const CAP = 3

export const NEVER = 0xffffffff

const cases = []
let number = 0

/** Fails the case with a message unless the condition holds. */
export function check(condition, message) {
  if (!condition) throw new Error(message)
}

/** Fails the case unless both are equal. */
export function checkEqual(found, expected, what) {
  const show = (value) => JSON.stringify(value)
  check(
    isDeepStrictEqual(found, expected),
    `${what}: expected ${show(expected)}, found ${show(found)}`,
  )
}

/** Real seconds, for the few cases that are about them. */
export function seconds(count) {
  return new Promise((resolve) => setTimeout(resolve, count * 1000))
}

/** Registers a case for these protocol versions, against one kind of server. */
export function testCase(name, { versions = ['3.1', '3.1.1', '5'], server = 'default' }, run) {
  cases.push({ name, versions, server, run })
}

/** Where and how a case connects, and names that no other case uses. */
class Context {
  constructor(address, transport, version, name) {
    this.version = version
    this.number = ++number
    this.name = `${name.replaceAll(' ', '-')}-${process.pid}-${this.number}`
    if (typeof address === 'object') {
      // Options that have MQTT.js connect without a network.
      this.url = 'ws://broker'
      this.options = address
    } else {
      const [host, tcp, http] = address.split(':')
      this.url = transport === 'tcp' ? `mqtt://${host}:${tcp}` : `ws://${host}:${http}/mqtt`
    }
    this.links = []
  }

  topic(suffix = 'topic') {
    return `clients/${this.name}/${suffix}`
  }

  /** Short enough for MQTT 3.1. */
  clientId(suffix) {
    return `${suffix.slice(0, 8)}${process.pid}j${this.number}`
  }
}

/** Runs the registered cases side by side, as the command line asks; the process fails if one
 * fails. */
export async function main(client) {
  const { values: options } = parseArgs({
    options: {
      version: { type: 'string' },
      transport: { type: 'string', default: 'tcp' },
      case: { type: 'string', multiple: true, default: [''] },
      default: { type: 'string' },
      open: { type: 'string' },
      capped: { type: 'string' },
    },
  })
  process.exit((await run(client, options)) ? 0 : 1)
}

/** Runs the registered cases side by side; whether all have passed. */
export async function run(client, options) {
  const chosen = cases.filter(
    ({ name, versions }) =>
      versions.includes(options.version) && options.case.some((part) => name.includes(part)),
  )
  if (chosen.length === 0) {
    console.error('no case was chosen')
    return false
  }

  const outcomes = await Promise.all(
    chosen.map(async ({ name, server, run }) => {
      const label = `${client} ${options.version} ${options.transport} ${name}`
      let context
      try {
        check(options[server], `needs --${server}`)
        context = new Context(options[server], options.transport, options.version, name)
        await run(context)
        console.log(`PASS ${label}`)
        return true
      } catch (error) {
        console.log(`FAIL ${label}: ${error.message}`)
        return false
      } finally {
        context?.links.forEach((link) => link.cut())
      }
    }),
  )
  return outcomes.every(Boolean)
}
