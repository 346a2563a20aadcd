import type { Item } from './items';

/** Pixels from the end that count as being there. */
const NEAR = 24;

/** Keeps the newest in sight, unless the visitor looks at something older: that is kept then. */
export class Follower {
  isFollowing = $state(true);
  #scroller: HTMLElement | undefined;
  #top = 0;
  #shown: readonly Item[] = [];

  attach = (scroller: HTMLElement): (() => void) => {
    this.#scroller = scroller;
    return () => {
      this.#scroller = undefined;
    };
  };

  /** The visitor, or this, has scrolled. */
  scrolled(): void {
    const scroller = this.#scroller;
    if (scroller === undefined) return;
    const isAtEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight <= NEAR;
    if (isAtEnd) this.isFollowing = true;
    else if (scroller.scrollTop < this.#top - 1) this.isFollowing = false;
    this.#top = scroller.scrollTop;
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
    const isSeen = y >= scroller.scrollTop && y <= scroller.scrollTop + scroller.clientHeight * 0.8;
    if (isSeen) return;
    scroller.scrollTop = Math.max(y - scroller.clientHeight / 2, 0);
    this.scrolled();
  }

  /** Gives the focus to an item. */
  focus(key: string): void {
    this.#scroller?.querySelector<HTMLElement>(`[data-item="${key}"]`)?.focus();
  }
}
