// The package in Node: the module is read from beside this file.

import { readFile } from "node:fs/promises";

import { loadBy } from "./loader.js";

loadBy(async () => new Uint8Array(await readFile(new URL("./afterlink_bg.wasm", import.meta.url))));

export * from "./api.js";
