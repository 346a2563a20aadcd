import { describe, expect, it } from 'vitest';

import { embedded, HEIGHTS, snippet } from '../src/embed/snippet';
import { asked, lessonQuery } from '../src/lessons/address';
import { lessonFiles } from '../src/lessons/files';

describe('the query of an address', () => {
  it('names a lesson by number or id, a protocol and a theme', () => {
    const { lesson, protocol, theme } = asked('?embed&lesson=7&protocol=3.1.1&theme=dark');
    expect([lesson?.id, protocol, theme]).toEqual(['session-expiry', 'V3_1_1', 'dark']);
    expect(asked('?lesson=session-expiry').lesson?.number).toBe(7);
  });

  it('names nothing where it says nothing', () => {
    expect(asked('?embed')).toEqual({ lesson: undefined, protocol: undefined, theme: undefined });
  });

  it.each([
    ['?lesson=20', 'no lesson “20”'],
    ['?lesson=', 'no lesson “”'],
    ['?lesson=07', 'no lesson “07”'],
    ['?lesson=1e0', 'no lesson “1e0”'],
    ['?lesson=__proto__', 'no lesson “__proto__”'],
    ['?lesson=<script>alert(1)</script>', 'no lesson “<script>alert(1)</script”…'.slice(0, 20)],
    [`?lesson=${'9'.repeat(100_000)}`, `no lesson “${'9'.repeat(24)}…”`],
    ['?lesson=1&theme=pink', 'no theme “pink”'],
    ['?lesson=1&protocol=5', 'no protocol “5”'],
    ['?lesson=1&protocol=constructor', 'no protocol “constructor”'],
  ])('is refused in words if it is %s', (search, words) => {
    expect(() => asked(search)).toThrow(words);
  });

  it('leads back to each lesson', () => {
    for (const file of lessonFiles) {
      expect(asked(lessonQuery(file, false)).lesson).toBe(file);
      expect(asked(lessonQuery(file, true)).lesson).toBe(file);
    }
  });
});

describe('the HTML of a frame', () => {
  it('shows within the frame what the link shows', () => {
    expect(embedded('https://host.example/path/?lesson=3#play=1.abc')).toBe(
      'https://host.example/path/?embed#play=1.abc',
    );
  });

  it('is one frame with the address, a title and a height, whatever they contain', () => {
    const address = 'https://host.example/?embed&lesson=7';
    const title = 'A "quoted" <title> & more';
    const template = document.createElement('template');
    template.innerHTML = snippet({ address, title, height: HEIGHTS[1] });
    const frame = template.content.firstElementChild;
    expect(template.content.childNodes.length).toBe(1);
    expect(frame?.tagName).toBe('IFRAME');
    expect(frame?.getAttribute('src')).toBe(address);
    expect(frame?.getAttribute('title')).toBe(title);
    expect(frame?.getAttribute('height')).toBe('600');
    expect(frame?.getAttribute('loading')).toBe('lazy');
  });
});
