const KEY = 'afterlink.lessons';

/** Which lessons were taken to their ends, kept in the browser if it keeps anything. */
export class Progress {
  #done = new Set<string>(read());

  done(): ReadonlySet<string> {
    return new Set(this.#done);
  }

  add(id: string): ReadonlySet<string> {
    this.#done.add(id);
    try {
      localStorage.setItem(KEY, JSON.stringify([...this.#done]));
    } catch {
      // Without a store, progress lasts as long as the page.
    }
    return this.done();
  }
}

function read(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? kept.filter((it) => typeof it === 'string') : [];
  } catch {
    return [];
  }
}
