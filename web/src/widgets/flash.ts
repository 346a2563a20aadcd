import type { Attachment } from 'svelte/attachments';

const FLASH_MS = 900;

/** Lets each new thing flash once, also if it is taken off the page and put there again. */
export class Flashes {
  #mark = -1;
  #seen = new Set<string | number>();

  /** An attachment for the thing called `key`, of what is new since `mark`. */
  once(mark: number, key: string | number, isNew: boolean): Attachment<HTMLElement> {
    return (element) => {
      if (mark !== this.#mark) {
        this.#mark = mark;
        this.#seen.clear();
      }
      if (!isNew || this.#seen.has(key)) return;
      this.#seen.add(key);
      if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
      const colour = getComputedStyle(element).getPropertyValue('--new');
      element.animate([{ backgroundColor: colour }, {}], {
        duration: FLASH_MS,
        easing: 'ease-out',
      });
    };
  }
}
