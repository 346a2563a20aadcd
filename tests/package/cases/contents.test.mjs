// What is in the package, and how large it is.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";

const root = dirname(fileURLToPath(import.meta.resolve("@afterlink/broker/package.json")));

/** Bytes of the module with the broker alone: whoever opens a page waits for it. */
const MODULE_BROTLI_BYTES_MAX = 110_000;
/** Bytes of its JavaScript. */
const SCRIPT_BROTLI_BYTES_MAX = 13_000;

function compressed(bytes) {
  return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
}

test("the package is small", () => {
  const names = readdirSync(join(root, "dist")).filter((name) => name.endsWith(".js"));
  const scripts = names.map((name) => readFileSync(join(root, "dist", name)));
  const module = compressed(readFileSync(join(root, "dist/afterlink_bg.wasm")));
  const script = compressed(Buffer.concat(scripts));
  console.log(`package size: module ${module} bytes brotli, JavaScript ${script}`);
  assert.ok(module <= MODULE_BROTLI_BYTES_MAX, `${module}, ${MODULE_BROTLI_BYTES_MAX} are allowed`);
  assert.ok(script <= SCRIPT_BROTLI_BYTES_MAX, `${script}, ${SCRIPT_BROTLI_BYTES_MAX} are allowed`);
});

test("the package holds what its users need, and nothing else", () => {
  const found = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
  const scripts = found.filter((name) => name.endsWith(".js"));
  assert.ok(scripts.every((name) => name.startsWith("dist/")), scripts.join());
  const others = found.filter((name) => !name.endsWith(".js"));
  const declared = ["api", "broker", "connector", "options", "ports", "socket", "transport", "types"];
  assert.deepEqual(others.sort(), [
    "LICENSE-APACHE", "LICENSE-MIT", "README.md", "dist/afterlink_bg.wasm",
    ...declared.map((name) => `dist/${name}.d.ts`), "package.json",
  ].sort());
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  assert.equal(manifest.name, "@afterlink/broker");
  assert.match(manifest.version, /^\d+\.\d+\.\d+$/);
  assert.notEqual(manifest.version, "0.0.0");
  assert.equal(manifest.dependencies, undefined, "it stands alone");
  const targets = JSON.stringify(manifest.exports).match(/\.\/dist[^"]+/g);
  for (const target of targets) assert.ok(found.includes(target.slice(2)), target);
});

test("what browsers get names nothing of Node", () => {
  const isOfNode = (name) => name === "node.js";
  for (const name of readdirSync(join(root, "dist")).filter((it) => it.endsWith(".js"))) {
    const text = readFileSync(join(root, "dist", name), "utf8");
    assert.equal(/["']node:/.test(text), isOfNode(name), name);
  }
});
