import type { ArrowDraft } from './drawing';
import type { Rows } from './rows';

/** A point of a packet's way. */
export interface Point {
  /** The share of the way from the sender, 0, to the receiver, 1. */
  share: number;
  y: number;
}

/** Where a packet waits that has come as far as it can without being read. */
const DOORSTEP = 0.9;
/** Where a packet is stopped at the earliest, so that it is seen to have left. */
const STOPPED_MIN = 0.16;
/** How far a packet stays behind one that keeps it back. */
const BEHIND = 0.08;

/**
 * The points a packet passes. Those of a packet that is stuck end where it is stuck; it stays there
 * until the present.
 *
 * `cutAt` is when its link was cut last, `behind` where the one that keeps it back stands.
 */
export function flightPath(
  draft: ArrowDraft,
  rows: Rows,
  cutAt: number | undefined,
  behind: number | undefined,
): Point[] {
  const start = draft.start === undefined ? 0 : rows.arrowAt(draft.start.place);
  const path = new Path({ share: 0, y: start });
  const sentAt = draft.text.sentAt;
  const nominal = Math.max(draft.nominal ?? sentAt, sentAt);
  const progress = (at: number): number =>
    nominal > sentAt ? (at - sentAt) / (nominal - sentAt) : 0.5;

  for (const hold of draft.holds) {
    path.go(stopped(progress(hold.from)), rows.yAt(hold.from));
    if (hold.to !== undefined) path.stay(rows.yAt(hold.to));
  }
  const end = draft.end;
  const isMissing = draft.state === 'lost' || draft.state === 'stuck';
  if (isMissing && draft.holds.length === 0) {
    const stopAt = stopsAt(draft, sentAt, nominal, cutAt);
    const share =
      behind === undefined ? stopped(progress(stopAt)) : Math.max(behind - BEHIND, 0.04);
    path.go(share, rows.yAt(stopAt));
  }
  if (end === undefined) return path.points;
  const y = rows.arrowAt(end.place);
  if (draft.state === 'lost') {
    path.stay(y);
    return path.points;
  }
  if (draft.holds.length === 0 && draft.nominal !== undefined && end.at > nominal) {
    path.go(DOORSTEP, Math.min(rows.yAt(nominal), y));
    path.stay(y - 7);
  }
  path.go(1, y);
  return path.points;
}

/** The moment at which a packet that did not arrive has come no further. */
function stopsAt(
  draft: ArrowDraft,
  sentAt: number,
  nominal: number,
  cutAt: number | undefined,
): number {
  const halfway = sentAt + (nominal - sentAt) / 2;
  const isCut = draft.isCut || draft.cause === 'cut';
  if (isCut) return cutAt !== undefined && cutAt > sentAt ? Math.min(cutAt, nominal) : halfway;
  return draft.end === undefined ? nominal : Math.min(draft.end.at, nominal);
}

function stopped(share: number): number {
  return Math.min(Math.max(share, STOPPED_MIN), DOORSTEP);
}

/** Points that never go back, neither up nor to the sender. */
class Path {
  readonly points: Point[];

  constructor(start: Point) {
    this.points = [start];
  }

  go(share: number, y: number): void {
    const last = this.points.at(-1);
    this.points.push({ share: Math.max(share, last?.share ?? 0), y: Math.max(y, last?.y ?? 0) });
  }

  stay(y: number): void {
    this.go(0, y);
  }
}

/** Where on its way a packet is when the present is at `y`; behind the last point it stays. */
export function headAt(points: readonly Point[], y: number): Point {
  let before = points[0] ?? { share: 0, y };
  for (const point of points) {
    if (point.y >= y) {
      const height = point.y - before.y;
      const share =
        height > 0
          ? before.share + (point.share - before.share) * ((y - before.y) / height)
          : point.share;
      return { share, y: Math.max(y, before.y) };
    }
    before = point;
  }
  return { share: before.share, y };
}

/** How far down a way is at a share of it; at its end if it does not come that far. */
export function yOn(points: readonly Point[], share: number): number {
  let before = points[0];
  if (before === undefined) return 0;
  for (const point of points) {
    if (point.share >= share) {
      const width = point.share - before.share;
      return width > 0
        ? before.y + (point.y - before.y) * ((share - before.share) / width)
        : before.y;
    }
    before = point;
  }
  return before.y;
}
