/** Where the browser keeps what was written. */
const KEY = 'afterlink.code';

/** What was written here before; `undefined` if nothing was, or the browser keeps nothing. */
export function loadDraft(): string | undefined {
  try {
    return localStorage.getItem(KEY) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Keeps what is written, if the browser does. */
export function saveDraft(code: string): void {
  try {
    localStorage.setItem(KEY, code);
  } catch {
    // It is on the page still.
  }
}
