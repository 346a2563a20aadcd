import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { initSync } from 'afterlink-wasm';

/** Loads the engine in Node. */
export function loadEngine(): void {
  initSync({ module: readFileSync(resolve(import.meta.dirname, '../wasm/afterlink_bg.wasm')) });
}
