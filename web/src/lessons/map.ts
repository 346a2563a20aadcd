import { type LessonFile, lessonFiles } from './files';
import type { Marks } from './progress';

/**
 * The map of the lessons: its parts in their order, and in each the rows of lessons by number. A
 * row is a path from left to right; 0 leaves a place empty.
 */
const PARTS = [
  {
    name: 'agreement',
    rows: [
      [1, 2, 6],
      [7, 8, 9],
    ],
  },
  {
    name: 'delivery',
    rows: [
      [3, 4, 5],
      [0, 14, 15],
    ],
  },
  {
    name: 'time',
    rows: [
      [10, 11],
      [12, 16],
    ],
  },
  {
    name: 'kept',
    rows: [
      [17, 18],
      [13, 19],
    ],
  },
] as const;

/** What each lesson builds upon, besides the one on its left. */
const BUILDS_UPON: Readonly<Record<number, number>> = {
  3: 1,
  7: 1,
  10: 3,
  12: 7,
  13: 1,
  14: 3,
  17: 5,
};

export type PartName = (typeof PARTS)[number]['name'];

/** How one comes to a lesson: by the trunk, from the left, or from the row above. */
export type Way = 'trunk' | 'left' | 'above';

/** A lesson on the map. */
export interface Place {
  file: LessonFile;
  /** From 1, as columns and rows of a grid are counted. */
  column: number;
  row: number;
  way: Way;
  /** The numbers of the lessons it builds upon. */
  after: readonly number[];
}

/** A part of the map: what the lessons in it are about. */
export interface Part {
  name: PartName;
  places: readonly Place[];
  /** Lessons of other parts that this one builds upon, without those that others of them imply. */
  after: readonly number[];
}

/** What a lesson is to a visitor. */
export type State = 'done' | 'begun' | 'next' | 'open' | 'later';

const files = new Map(lessonFiles.map((file) => [file.number, file]));

function placesOf(rows: readonly (readonly number[])[]): Place[] {
  return rows.flatMap((row, y) =>
    row.flatMap((number, x) => {
      const file = files.get(number);
      if (file === undefined) return [];
      const left = row[x - 1] ?? 0;
      const upon = BUILDS_UPON[number];
      const after = [...(left === 0 ? [] : [left]), ...(upon === undefined ? [] : [upon])];
      const way: Way = left !== 0 ? 'left' : x === 0 ? 'trunk' : 'above';
      return [{ file, column: x + 1, row: y + 1, way, after }];
    }),
  );
}

const places = new Map(
  PARTS.flatMap(({ rows }) => placesOf(rows)).map((place) => [place.file.number, place]),
);

/** All lessons that come before one, by number. */
export function before(number: number): ReadonlySet<number> {
  const all = new Set<number>();
  for (const direct of places.get(number)?.after ?? []) {
    all.add(direct);
    for (const further of before(direct)) all.add(further);
  }
  return all;
}

export const parts: readonly Part[] = PARTS.map(({ name, rows }) => {
  const inside = new Set<number>(rows.flat());
  const own = placesOf(rows);
  const outside = [...new Set(own.flatMap(({ after }) => after))].filter((it) => !inside.has(it));
  const after = outside.filter((it) => !outside.some((other) => before(other).has(it)));
  return { name, places: own, after: after.sort((one, other) => one - other) };
});

/**
 * The lesson to go on with: one that was begun, else the first that all it builds upon is done of.
 * `undefined` when all are done.
 */
export function suggested(marks: Marks): LessonFile | undefined {
  const rest = lessonFiles.filter(({ id }) => marks.get(id)?.done !== true);
  return (
    rest.find(({ id }) => marks.has(id)) ?? rest.find(({ number }) => isReady(number, marks))
  );
}

/** What a lesson is to a visitor who came as far as the marks say. */
export function stateOf(file: LessonFile, marks: Marks): State {
  const mark = marks.get(file.id);
  if (mark?.done === true) return 'done';
  if (mark !== undefined) return 'begun';
  if (file === suggested(marks)) return 'next';
  return isReady(file.number, marks) ? 'open' : 'later';
}

function isReady(number: number, marks: Marks): boolean {
  const after = places.get(number)?.after ?? [];
  return after.every((it) => marks.get(files.get(it)?.id ?? '')?.done === true);
}
