// MQTT.js against a broker: `run.mjs --version 5 --transport tcp --default HOST:TCP:HTTP ...`.

import './cases-message.mjs'
import './cases-session.mjs'
import { main } from './harness.mjs'

await main('MQTT.js')
