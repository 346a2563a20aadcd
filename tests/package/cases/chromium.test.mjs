// The package in Chromium: in a page, and in a SharedWorker that serves several tabs.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { after, before, test } from "node:test";

import { chromium } from "playwright-core";

const project = join(import.meta.dirname, "..");
const modules = { "@afterlink/broker": "/node_modules/@afterlink/broker/dist/index.js",
  mqtt: "/node_modules/mqtt/dist/mqtt.esm.js" };
const types = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };

/** What import maps and bundlers do, which workers have to do without: names become paths. */
function withPaths(text) {
  const name = (path) => modules[path] ?? path;
  return text.replaceAll(/from "([^"]+)"/g, (_, path) => `from "${name(path)}"`);
}

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  try {
    let body = readFileSync(join(project, pathname));
    if (pathname.startsWith("/browser/")) body = withPaths(String(body));
    response.writeHead(200, { "content-type": types[extname(pathname)] ?? "text/plain" });
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
});

/** A tab that is not seen draws nothing, so that it is not to be asked when it does. */
const often = { polling: 50 };

let browser;
let address;

before(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  address = `http://127.0.0.1:${server.address().port}/browser/page.html`;
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
});

after(async () => {
  await browser?.close();
  server.close();
});

/** A tab, and what it has complained of. */
async function open(context) {
  const page = await context.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (line) => line.type() === "error" && errors.push(line.text()));
  await page.goto(address);
  return { page, errors };
}

test("a broker in a page", { timeout: 60_000 }, async () => {
  const context = await browser.newContext();
  const { page, errors } = await open(context);
  const found = await page.evaluate(async ({ "@afterlink/broker": broker, mqtt: client }) => {
    const { Broker } = await import(broker);
    const { default: mqtt } = await import(client);
    const here = await Broker.create();
    const kept = { ...here.transport, protocolVersion: 5, clientId: "kept", clean: false,
      properties: { sessionExpiryInterval: 60 } };
    const before = await mqtt.connectAsync("ws://broker", kept);
    await before.subscribeAsync("t/#", { qos: 2 });
    await before.endAsync();
    const publisher = await mqtt.connectAsync("ws://broker", here.transport);
    for (const qos of [0, 1, 2]) await publisher.publishAsync(`t/${qos}`, `${qos}`, { qos });
    const messages = [];
    const after = mqtt.connect("ws://broker", kept);
    await new Promise((resolve) => {
      after.on("message", (topic, payload, { qos }) => {
        messages.push([topic, String(payload), qos]);
        if (messages.length === 2) resolve();
      });
    });
    await publisher.endAsync();
    await after.endAsync();
    const { sessions } = here.state().totals;
    await here.close();
    return { messages, sessions };
  }, modules);
  assert.deepEqual(found, { messages: [["t/1", "1", 1], ["t/2", "2", 2]], sessions: 1 });
  assert.deepEqual(errors, []);
  await context.close();
});

test("tabs share the broker of a SharedWorker", { timeout: 60_000 }, async () => {
  const context = await browser.newContext();
  const [one, other] = [await open(context), await open(context)];
  const join = async ({ page }, name) => page.evaluate(async ([paths, clientId]) => {
    const { connector } = await import(paths["@afterlink/broker"]);
    const { default: mqtt } = await import(paths.mqtt);
    const worker = new SharedWorker("shared-worker.js", { type: "module" });
    window.messages = [];
    const will = { topic: "gone", payload: clientId, qos: 1, retain: false };
    window.client = await mqtt.connectAsync("ws://broker", {
      ...connector(worker.port).transport, clientId, will });
    window.client.on("message", (topic, payload) => window.messages.push(`${topic} ${payload}`));
  }, [modules, name]);
  await join(one, "one");
  await join(other, "other");
  await one.page.evaluate(() => window.client.subscribeAsync(["t", "gone"], { qos: 1 }));
  await other.page.evaluate(() => window.client.publishAsync("t", "hello", { qos: 1 }));
  await one.page.waitForFunction(() => window.messages.includes("t hello"), null, often);
  // A tab that is closed says nothing, and its will is published.
  await other.page.close();
  await one.page.waitForFunction(() => window.messages.includes("gone other"), null, often);
  assert.deepEqual([...one.errors, ...other.errors], []);
  await context.close();
});
