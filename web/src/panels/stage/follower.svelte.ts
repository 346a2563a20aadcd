import { tick } from 'svelte';

import type { Item } from './items';

/** Pixels from the end that count as being there. */
const NEAR = 24;

/** Pixels above and below what is seen that are drawn all the same. */
const MARGIN = 240;
/** Pixels that are scrolled before it is considered anew what is drawn. */
const COARSE = 80;

/** Pixels of the lanes' heads, which stay. */
const HEADS = 58;
/** Pixels at the edges that do not count as seen. */
const EDGE = 16;

/** The part of the ladder that is drawn. */
export interface Sight {
  top: number;
  bottom: number;
}

/** Keeps the newest in sight, unless the visitor looks at something older: that is kept then. */
export class Follower {
  isFollowing = $state(true);
  /** How high the part that can be seen is. */
  height = $state(0);
  #seenFrom = $state(0);
  #scroller: HTMLElement | undefined;
  #top = 0;
  #shown: readonly Item[] = [];

  attach = (scroller: HTMLElement): (() => void) => {
    this.#scroller = scroller;
    return () => {
      this.#scroller = undefined;
    };
  };

  /** What has to be drawn of a ladder that is so high. */
  sight(height: number): Sight {
    const top = this.isFollowing ? height - this.height - COARSE : this.#seenFrom;
    return { top: top - MARGIN, bottom: top + this.height + COARSE + MARGIN };
  }

  /** The visitor, or this, has scrolled. */
  scrolled(): void {
    const scroller = this.#scroller;
    if (scroller === undefined) return;
    const isAtEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight <= NEAR;
    if (isAtEnd) this.isFollowing = true;
    else if (scroller.scrollTop < this.#top - 1) this.isFollowing = false;
    this.#top = scroller.scrollTop;
    this.#seenFrom = Math.floor(this.#top / COARSE) * COARSE;
  }

  /** What is shown has changed. */
  follow(items: readonly Item[], height: number): void {
    const scroller = this.#scroller;
    if (scroller === undefined) return;
    if (this.isFollowing) {
      scroller.scrollTop = height + scroller.clientHeight;
    } else if (items !== this.#shown) {
      const kept = this.#shown.find((item) => item.y >= scroller.scrollTop);
      const now = items.find((item) => item.key === kept?.key);
      if (kept !== undefined && now !== undefined) scroller.scrollTop += now.y - kept.y;
    }
    this.#shown = items;
    this.#top = scroller.scrollTop;
  }

  /** Brings the middle of the stage into sight, when it is wider than can be seen. */
  centre(x: number): void {
    const scroller = this.#scroller;
    if (scroller !== undefined) scroller.scrollLeft = x - scroller.clientWidth / 2;
  }

  toNewest(): void {
    this.isFollowing = true;
    const scroller = this.#scroller;
    if (scroller !== undefined) scroller.scrollTop = scroller.scrollHeight;
  }

  /** Brings a place into sight. */
  reveal(y: number): void {
    const scroller = this.#scroller;
    if (scroller === undefined) return;
    const isSeen =
      y >= scroller.scrollTop + EDGE &&
      y <= scroller.scrollTop + scroller.clientHeight - HEADS - EDGE;
    if (isSeen) return;
    scroller.scrollTop = Math.max(y - scroller.clientHeight / 2, 0);
    this.scrolled();
  }

  /** Gives the focus to an item, which may have to be brought into sight and drawn first. */
  async focus({ key, y }: Item): Promise<void> {
    this.reveal(y);
    await tick();
    this.#scroller
      ?.querySelector<HTMLElement>(`[data-item="${key}"]`)
      ?.focus({ preventScroll: true });
  }
}
