// The module stays small: whoever opens the page waits for it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { brotliCompressSync, constants } from "node:zlib";

import { moduleBytes } from "./module.mjs";

const BROTLI_BYTES_MAX = 153_600;

test("the module is within its size", () => {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
  const brotli = brotliCompressSync(moduleBytes, { params }).length;
  console.log(`module size: ${moduleBytes.length} bytes, ${brotli} brotli`);
  assert.ok(brotli <= BROTLI_BYTES_MAX, `${brotli} bytes, ${BROTLI_BYTES_MAX} are allowed`);
});
