// Loading the engine, which each realm has once.

import init, { onPanic } from "./afterlink.js";
import { type ModuleSource } from "./options.js";

type Load = () => Promise<Uint8Array<ArrayBuffer> | undefined>;

let loadDefault: Load = () => Promise.resolve(undefined);
let loaded: Promise<void> | undefined;

/** What listens for a panic of the engine. */
const listeners = new Set<(message: string) => void>();

/** Says how the module is loaded where nothing else is asked for. */
export function loadBy(load: Load): void {
  loadDefault = load;
}

/** Loads the engine, unless it is there. */
export async function load(source: ModuleSource | undefined): Promise<void> {
  loaded ??= start(source);
  try {
    await loaded;
  } catch (error) {
    // Whoever tries again may say something else.
    loaded = undefined;
    throw error;
  }
}

async function start(source: ModuleSource | undefined): Promise<void> {
  const module = source ?? (await loadDefault());
  await (module === undefined ? init() : init({ module_or_path: module as BufferSource }));
  onPanic((message) => listeners.forEach((listener) => listener(message)));
}

export { Engine, panicMessage } from "./afterlink.js";
