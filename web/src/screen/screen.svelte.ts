import { MediaQuery } from 'svelte/reactivity';

/** How panels are laid out: all at once, the stage with one of the others, or one at a time. */
export type LayoutName = 'wide' | 'split' | 'narrow';

/** A phone: upright, or on its side. A keyboard on its screen leaves it one. */
const NARROW = '(max-width: 720px), (max-height: 480px) and (max-width: 1000px)';
/** A tablet, or half of a screen. */
const SPLIT = '(max-width: 1000px)';
/** A frame in which the stage has no more room than on a phone. */
const SLIM = '(max-width: 640px)';
const COARSE = '(pointer: coarse)';

/**
 * The screen of the visitor. Styles know it too: `data-layout` and, where fingers touch,
 * `data-touch` stand at the root of the document.
 */
class Screen {
  readonly #narrow = new MediaQuery(NARROW);
  readonly #split = new MediaQuery(SPLIT);
  readonly #slim = new MediaQuery(SLIM);
  readonly #coarse = new MediaQuery(COARSE);

  /** Whether the page is shown within another: a low frame is no small screen then. */
  isGuest = false;

  get layout(): LayoutName {
    if (this.isNarrow) return 'narrow';
    return this.#split.current && !this.isGuest ? 'split' : 'wide';
  }

  get isNarrow(): boolean {
    return this.#narrow.current && (!this.isGuest || this.#coarse.current || this.#slim.current);
  }

  /** Whether what can be pressed has to be as large as a fingertip. */
  get isTouch(): boolean {
    return this.isNarrow || this.#coarse.current;
  }

  /** Tells the styles, for as long as the page is there. */
  tell(root: HTMLElement): void {
    $effect.root(() => {
      $effect(() => {
        root.dataset['layout'] = this.layout;
        root.toggleAttribute('data-touch', this.isTouch);
      });
    });
  }
}

export const screen = new Screen();
