// Runs the tests that mqtt-packet carries, and writes down every call they make: the bytes it
// parses with the packets it finds, and the packets it generates with their bytes.
//
// `record.mjs FILE` writes JSON. Nothing of the package is copied into this tree.

import { createRequire } from 'node:module'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { isDeepStrictEqual } from 'node:util'

const require = createRequire(import.meta.url)
const Module = require('node:module')
const mqttPacket = require('mqtt-packet')

const vectors = []
let currentTest = ''

/** The version a parser or generator was told, or nothing. */
function toldVersion(opts) {
  return opts?.protocolVersion
}

/** Bytes as hex; of a long tail of zeros only the count, since some packets are the largest. */
function plainBytes(bytes) {
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === 0) end -= 1
  const zeros = bytes.length - end
  if (zeros < 64) return { hex: Buffer.from(bytes).toString('hex') }
  return { hex: Buffer.from(bytes.subarray(0, end)).toString('hex'), zeros }
}

/** JSON for a packet, with nothing that JSON would lose in silence. */
function plain(value) {
  if (Buffer.isBuffer(value) || value instanceof Uint8Array) return plainBytes(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value === 'bigint' || Number.isNaN(value)) return { odd: String(value) }
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).filter(([, field]) => field !== undefined)
    return Object.fromEntries(entries.map(([name, field]) => [name, plain(field)]))
  }
  return value
}

/** A parser that notes what it is given and what it makes of it. */
function recordingParser(opts) {
  const parser = mqttPacket.parser(opts)
  const vector = { test: currentTest, kind: 'parse', version: toldVersion(opts), chunks: [] }
  vector.packets = []
  parser.on('packet', (packet) => vector.packets.push(plain({ ...packet })))
  parser.on('error', (error) => {
    vector.error ??= error.message
  })
  const parse = parser.parse.bind(parser)
  parser.parse = (chunk) => {
    if (vector.chunks.length === 0) vectors.push(vector)
    vector.chunks.push(plainBytes(chunk))
    return parse(chunk)
  }
  return parser
}

function recordingGenerate(packet, opts) {
  const vector = { test: currentTest, kind: 'generate', version: toldVersion(opts) }
  vector.packet = plain(packet)
  vectors.push(vector)
  try {
    const bytes = mqttPacket.generate(packet, opts)
    vector.bytes = plainBytes(bytes)
    return bytes
  } catch (error) {
    vector.error = error.message
    throw error
  }
}

const recorder = { ...mqttPacket, parser: recordingParser, generate: recordingGenerate }
recorder.writeToStream = mqttPacket.writeToStream

/** What of the test library the tests use; a check that fails shows that we run them wrongly. */
const failures = []
const note = (good, message) => good || failures.push(`${currentTest}: ${message}`)
const checks = {
  plan() {},
  end() {},
  comment() {},
  pass() {},
  fail: (message) => note(false, message),
  true: (value, message) => note(value, message),
  ok: (value, message) => note(value, message),
  false: (value, message) => note(!value, message),
  notOk: (value, message) => note(!value, message),
  equal: (found, expected, message) => note(Object.is(found, expected), message),
  notEqual: (found, expected, message) => note(!Object.is(found, expected), message),
  deepEqual: (found, expected, message) =>
    note(isDeepStrictEqual(plain(found), plain(expected)), message),
  deepLooseEqual() {},
  throws(run, message) {
    try {
      run()
      note(false, message)
    } catch {
      // As it should.
    }
  },
}

function tape(name, run) {
  currentTest = name
  run(checks)
}

const file = require.resolve('mqtt-packet/test.js')
const tests = new Module(file)
tests.filename = file
tests.paths = Module._nodeModulePaths(dirname(file))
const requireThere = createRequire(file)
tests.require = (name) => {
  if (name === 'tape') return tape
  if (name === './') return recorder
  return requireThere(name)
}
tests._compile(readFileSync(file, 'utf8'), file)

if (failures.length > 0) {
  console.error(failures.join('\n'))
  process.exit(1)
}
writeFileSync(process.argv[2], `${JSON.stringify(vectors, null, 1)}\n`)
console.log(`${vectors.length} vectors of mqtt-packet`)
