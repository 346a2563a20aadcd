/** Which rows of a long list are there, and how much room the others take. */

export interface Shape {
  /** Rows in all. */
  count: number;
  /** The height of a row, in pixels. */
  rowHeight: number;
  /** How far the list is scrolled, in pixels. */
  scrollTop: number;
  /** How much of it is seen, in pixels. */
  height: number;
  /** Rows that are there beyond those seen, on either side. */
  overscan: number;
  /** The row that takes more room than the others, and how much more. */
  extra?: { index: number; height: number } | undefined;
}

export interface Span {
  /** The first row that is there. */
  start: number;
  /** The one behind the last. */
  end: number;
  /** The room above the first and below the last, in pixels. */
  before: number;
  after: number;
}

/** The rows that have to be there. */
export function span(shape: Shape): Span {
  const { count, overscan } = shape;
  const total = offset(shape, count);
  // A list that has become shorter is not scrolled beyond its end.
  const top = Math.max(0, Math.min(shape.scrollTop, total - shape.height));
  const start = Math.max(0, rowAt(shape, top) - overscan);
  const end = Math.min(count, rowAt(shape, top + shape.height) + 1 + overscan);
  return { start, end, before: offset(shape, start), after: total - offset(shape, end) };
}

/** Where a row begins, in pixels from the top of the list. */
export function offset(shape: Pick<Shape, 'rowHeight' | 'extra'>, index: number): number {
  const { extra, rowHeight } = shape;
  return index * rowHeight + (extra !== undefined && index > extra.index ? extra.height : 0);
}

/** Where to scroll so that a row is seen; the same if it is seen already. */
export function reveal(shape: Shape, index: number): number {
  const top = offset(shape, index);
  const bottom = offset(shape, index + 1);
  if (top < shape.scrollTop) return top;
  if (bottom > shape.scrollTop + shape.height) return Math.max(0, bottom - shape.height);
  return shape.scrollTop;
}

function rowAt(shape: Shape, y: number): number {
  const { count, extra, rowHeight } = shape;
  if (count === 0) return 0;
  let index = Math.floor(y / rowHeight);
  if (extra !== undefined && index > extra.index) {
    index = Math.max(extra.index, Math.floor((y - extra.height) / rowHeight));
  }
  return Math.max(0, Math.min(index, count - 1));
}
