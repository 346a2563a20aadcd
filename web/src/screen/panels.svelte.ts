import type { Row } from '../engine/journal';
import type { PanelName } from '../engine/selection.svelte';
import type { LayoutName } from './screen.svelte';

const ALL: readonly PanelName[] = ['lessons', 'stage', 'sessions', 'log'];

/** Which panels are seen on a screen that has no room for all, and which have something new. */
export class Panels {
  /** The one whose tab is chosen. */
  chosen: PanelName = $state('lessons');
  /** Those in which something has happened that was not seen. */
  news: ReadonlySet<PanelName> = $state.raw(new Set());
  /** Those that were seen: a panel is made when it is first wanted, and keeps its state then. */
  #made: ReadonlySet<PanelName> = $state.raw(new Set());

  constructor(first: PanelName) {
    this.chosen = first;
  }

  /** The tabs of a layout. */
  tabs(layout: LayoutName): readonly PanelName[] {
    return layout === 'split' ? ALL.filter((name) => name !== 'stage') : ALL;
  }

  /** Whether a panel is seen in a layout. */
  isSeen(name: PanelName, layout: LayoutName): boolean {
    if (layout === 'wide' || (layout === 'split' && name === 'stage')) return true;
    return this.tab(layout) === name;
  }

  /** Whether a panel is there, seen or not. */
  isMade(name: PanelName, layout: LayoutName): boolean {
    return this.isSeen(name, layout) || this.#made.has(name);
  }

  /** The chosen tab of a layout. */
  tab(layout: LayoutName): PanelName {
    return this.tabs(layout).includes(this.chosen) ? this.chosen : 'lessons';
  }

  /** Remembers what is seen in a layout, which is no news any more. */
  see(layout: LayoutName): void {
    const seen = ALL.filter((name) => this.isSeen(name, layout));
    if (seen.some((name) => !this.#made.has(name))) this.#made = new Set([...this.#made, ...seen]);
    if (seen.some((name) => this.news.has(name)))
      this.news = new Set([...this.news].filter((name) => !seen.includes(name)));
  }

  /** Something has happened that a panel shows. */
  mark(name: PanelName, layout: LayoutName): void {
    if (this.isSeen(name, layout) || this.news.has(name)) return;
    this.news = new Set([...this.news, name]);
  }

  /** Marks the panels that show what is new in the trace. */
  note(rows: readonly Row[], layout: LayoutName): void {
    if (rows.length === 0) return;
    this.mark('stage', layout);
    this.mark('log', layout);
    if (rows.some(({ what }) => what.entry === 'broker')) this.mark('sessions', layout);
  }

  /** Another scenario begins, of which nothing is new. */
  forget(): void {
    if (this.news.size > 0) this.news = new Set();
  }
}
