import { t } from '../strings';

/** How long sentences that belong together are waited for, in real milliseconds. */
const GATHER_MS = 300;
/** The least time between two announcements: a person has to be able to listen. */
const PAUSE_MS = 2_500;
/** Sentences of one announcement at most; of more, the last ones are only counted. */
const SENTENCES_MAX = 4;

/**
 * Says events in a polite live region: a few sentences at a time, the same one once, with a pause
 * in between. What counts down is never said.
 */
export class Announcer {
  /** What the region holds. */
  said = $state('');
  #waiting = new Map<string, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saidAt = -Infinity;

  /** Says a sentence as soon as it is its turn. */
  say(sentence: string): void {
    this.#waiting.set(sentence, (this.#waiting.get(sentence) ?? 0) + 1);
    if (this.#timer !== undefined) return;
    const pause = this.#saidAt + PAUSE_MS - performance.now();
    this.#timer = setTimeout(() => this.#speak(), Math.max(GATHER_MS, pause));
  }

  /** Takes back what was not said yet: it is of another history. */
  forget(): void {
    this.#waiting.clear();
    this.stop();
  }

  /** Says nothing more by itself. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #speak(): void {
    this.#timer = undefined;
    this.#saidAt = performance.now();
    const all = [...this.#waiting].map(([sentence, count]) =>
      count === 1 ? sentence : t('announce.times', { sentence, count }),
    );
    this.#waiting.clear();
    const words = all.slice(0, SENTENCES_MAX);
    if (all.length > words.length)
      words.push(t('announce.more', { count: all.length - words.length }));
    const text = words.join('. ');
    // A region that holds the same again is not read again; a space at its end makes it another.
    this.said = text === this.said ? `${text}\u00a0` : text;
  }
}
