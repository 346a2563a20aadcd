import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { lessonFiles } from '../src/lessons/files';
import { before, parts, stateOf, suggested } from '../src/lessons/map';
import { type Mark, Progress } from '../src/lessons/progress';

const KEY = 'afterlink.lessons';
const file = (number: number): (typeof lessonFiles)[number] => {
  const found = lessonFiles.find((it) => it.number === number);
  if (found === undefined) throw new Error(`no lesson ${number}`);
  return found;
};
const id = (number: number): string => file(number).id;
const done: Mark = { done: true, steps: 8, of: 8, foreseen: true };
const begun: Mark = { done: false, steps: 3, of: 8 };

beforeEach(() => localStorage.clear());
afterEach(() => vi.restoreAllMocks());

describe('progress', () => {
  it('is there again when the page is opened again', () => {
    new Progress().note(id(1), done);
    new Progress().note(id(2), begun);
    expect([...new Progress().marks()]).toEqual([
      [id(1), done],
      [id(2), begun],
    ]);
  });

  it('stays done, and keeps the answer, when the lesson is begun anew', () => {
    const progress = new Progress();
    progress.note(id(1), done);
    expect(progress.note(id(1), begun).get(id(1))).toEqual({
      ...begun,
      done: true,
      foreseen: true,
    });
  });

  it('does not lose what another window has done', () => {
    const [one, other] = [new Progress(), new Progress()];
    one.note(id(1), done);
    other.note(id(2), done);
    expect([...one.reload().keys()]).toEqual([id(1), id(2)]);
  });

  it('is gone when one starts over', () => {
    const progress = new Progress();
    progress.note(id(1), done);
    expect(progress.clear().size).toBe(0);
    expect(localStorage.getItem(KEY)).toBeNull();
    expect(new Progress().marks().size).toBe(0);
  });

  it('reads the list of lessons that was written before there were marks', () => {
    localStorage.setItem(KEY, JSON.stringify([id(4), 'a lesson of old']));
    expect([...new Progress().marks()]).toEqual([[id(4), { done: true, steps: 0, of: 0 }]]);
  });

  it.each([
    ['no JSON', '{'],
    ['null', 'null'],
    ['a number', '7'],
    ['of another version', JSON.stringify({ version: 2, lessons: { [id(1)]: done } })],
    ['with lessons that are none', JSON.stringify({ version: 1, lessons: 'all' })],
    ['a list of other things', JSON.stringify([{}, 1])],
    ['with inherited names', '{"version":1,"lessons":{"__proto__":{"done":true}}}'],
    ['with marks that are none', JSON.stringify({ version: 1, lessons: { [id(1)]: [true] } })],
    ['with counts beyond belief', JSON.stringify(marked({ ...done, steps: 1e9, of: 1e9 }))],
    ['with more steps than there are', JSON.stringify(marked({ ...done, steps: 9 }))],
    ['with negative counts', JSON.stringify(marked({ ...done, steps: -1 }))],
    ['endless', `"${'x'.repeat(1_000_000)}"`],
  ])('is empty where the store holds what is %s', (_, text) => {
    localStorage.setItem(KEY, text);
    expect(new Progress().marks().size).toBe(0);
  });

  it('lasts as long as the page where the store is full, and says so', () => {
    const full = (): never => {
      throw new DOMException('full', 'QuotaExceededError');
    };
    const store = { ...localStorage, getItem: () => null, setItem: full };
    vi.spyOn(globalThis, 'localStorage', 'get').mockReturnValue(store);
    const progress = new Progress();
    expect(progress.isKept).toBe(true);
    progress.note(id(1), done);
    progress.note(id(2), begun);
    expect([...progress.marks().keys()]).toEqual([id(1), id(2)]);
    expect(progress.isKept).toBe(false);
  });

  it('lasts as long as the page where the store is forbidden', () => {
    vi.spyOn(globalThis, 'localStorage', 'get').mockImplementation(() => {
      throw new DOMException('no', 'SecurityError');
    });
    const progress = new Progress();
    progress.note(id(1), done);
    expect(progress.marks().get(id(1))).toEqual(done);
    expect(progress.reload().size).toBe(0);
    expect(() => progress.clear()).not.toThrow();
  });

  it('neither reads nor writes the store of those it is a guest of', () => {
    const touched = vi.spyOn(globalThis, 'localStorage', 'get');
    const progress = new Progress(false);
    progress.note(id(1), done);
    progress.reload();
    progress.clear();
    expect(touched).not.toHaveBeenCalled();
  });
});

describe('the map', () => {
  const places = parts.flatMap((part) => part.places);

  it('has each lesson once, on a place of its own', () => {
    const numbers = places.map((place) => place.file.number).sort((a, b) => a - b);
    expect(numbers).toEqual(lessonFiles.map(({ number }) => number));
    for (const part of parts) {
      const spots = part.places.map(({ column, row }) => `${column} ${row}`);
      expect(new Set(spots).size, part.name).toBe(spots.length);
    }
  });

  it('leads from every lesson back to the first, never in a circle', () => {
    for (const { file } of places) {
      for (const earlier of before(file.number)) expect(earlier).toBeLessThan(file.number);
      if (file.number !== 1) expect([...before(file.number)], `${file.number}`).toContain(1);
    }
  });

  it('draws a path for all that a lesson builds upon in its own part', () => {
    for (const part of parts) {
      const at = (column: number, row: number): number | undefined =>
        part.places.find((it) => it.column === column && it.row === row)?.file.number;
      for (const { file, column, row, way, after } of part.places) {
        const inside = after.filter((it) => part.places.some((place) => place.file.number === it));
        const drawn = { trunk: [1], left: [at(column - 1, row)], above: [at(column - 1, row - 1)] };
        for (const number of inside) expect(drawn[way], `${file.number}`).toContain(number);
        if (way !== 'trunk') expect(drawn[way], `${file.number}`).toEqual(inside);
      }
    }
  });

  it('names what leads to a part from elsewhere', () => {
    const after = Object.fromEntries(parts.map((part) => [part.name, part.after]));
    expect(after).toEqual({ agreement: [], delivery: [1], time: [3, 7], kept: [5] });
  });

  it('suggests what was begun, else the first that is ready, else nothing', () => {
    const marks = new Map<string, Mark>();
    expect(suggested(marks)?.number).toBe(1);
    for (const number of [1, 2, 3]) marks.set(id(number), done);
    expect(suggested(marks)?.number).toBe(4);
    marks.set(id(12), begun);
    expect(suggested(marks)?.number).toBe(12);
    for (const { file } of places) marks.set(file.id, done);
    expect(suggested(marks)).toBeUndefined();
  });

  it('tells what is ready from what is better taken later', () => {
    const marks = new Map<string, Mark>([[id(1), done]]);
    const states = [1, 2, 3, 7, 4, 19].map((number) => stateOf(file(number), marks));
    expect(states).toEqual(['done', 'next', 'open', 'open', 'later', 'later']);
  });
});

function marked(mark: Mark): object {
  return { version: 1, lessons: { [id(1)]: mark } };
}
