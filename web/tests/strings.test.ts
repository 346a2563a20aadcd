import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { type AST, parse } from 'svelte/compiler';
import { afterEach, describe, expect, it } from 'vitest';

import { bytes, clock, countdown, decimal, duration } from '../src/engine/format';
import { t } from '../src/strings';
import { german } from '../src/strings/de';
import { tongue } from '../src/strings/language.svelte';

const SRC = resolve(import.meta.dirname, '../src');

const parts = import.meta.glob<Record<string, Record<string, string>>>('../src/strings/en/*.ts', {
  eager: true,
});
const english = Object.assign({}, ...Object.values(parts).flatMap(Object.values)) as Record<
  string,
  string
>;

function placeholders(text: string | undefined): string[] {
  return [...(text ?? '').matchAll(/\{\w+\}/g)].map(([whole]) => whole).sort();
}

describe('the table of strings', () => {
  it('says the same in German, key by key', () => {
    expect(Object.keys(german).sort()).toEqual(Object.keys(english).sort());
  });

  it('has the same values to fill in', () => {
    for (const [key, text] of Object.entries(german)) {
      expect(text === '', key).toBe(english[key] === '');
      expect([key, placeholders(text)]).toEqual([key, placeholders(english[key])]);
    }
  });

  it('addresses people as “Sie”', () => {
    const familiar = /\b(du|dir|dich|dein\w*|euch|eure?\w*)\b/i;
    expect(Object.values(german).filter((text) => familiar.test(text))).toEqual([]);
  });
});

type Expression = AST.ExpressionTag['expression'];

describe('the texts of the lessons', () => {
  const texts = (language: string): Record<string, string> =>
    JSON.parse(readFileSync(resolve(SRC, `../lessons/texts/${language}.json`), 'utf8')) as Record<
      string,
      string
    >;
  const [inEnglish, inGerman] = [texts('en'), texts('de')];
  /** Statements, codes, packets and versions are the same in any language. */
  const facts = (text: string | undefined): string[] => [
    ...new Set(
      (text ?? '').match(/\[MQTT[^\]]*\]|0x\w+|\b[A-Z]{4,}\b|\b\d+(?:\.\d+)+\b|DUP/g)?.sort(),
    ),
  ];

  it('say the same in German, key by key', () => {
    expect(Object.keys(inGerman)).toEqual(Object.keys(inEnglish));
    for (const [key, text] of Object.entries(inGerman)) {
      expect(text, key).not.toBe('');
      const named = facts(text).filter((it) => it !== 'RETAIN');
      expect([key, named]).toEqual([key, facts(inEnglish[key]).filter((it) => it !== 'RETAIN')]);
    }
  });
});

/** What a template says by itself: its text, and attributes that are read out or shown. */
function literals(node: unknown, found: string[] = []): string[] {
  if (Array.isArray(node)) {
    for (const child of node) literals(child, found);
    return found;
  }
  if (typeof node !== 'object' || node === null) return found;
  const { type } = node as { type?: string };
  if (type === 'Text' && hasWord((node as AST.Text).data)) found.push((node as AST.Text).data);
  if (type === 'ExpressionTag') return spoken((node as AST.ExpressionTag).expression, found);
  if (type === 'Attribute') {
    const { name, value } = node as AST.Attribute;
    const values = value === true ? [] : [value].flat();
    for (const part of values) {
      if (!SHOWN.test(name)) continue;
      if (part.type !== 'Text') spoken(part.expression, found);
      else if (hasWord(part.data)) found.push(`${name}="${part.data}"`);
    }
    return found;
  }
  // What styles are made of is not read by anybody.
  if (type === 'StyleDirective') return found;
  for (const [key, child] of Object.entries(node)) {
    if (!['css', 'instance', 'module', 'metadata'].includes(key)) literals(child, found);
  }
  return found;
}

/** The words that an expression may come to: those that are neither compared nor handed on. */
function spoken(expression: Expression, found: string[]): string[] {
  switch (expression.type) {
    case 'Literal':
      if (typeof expression.value === 'string' && hasWord(expression.value))
        found.push(expression.value);
      return found;
    case 'TemplateLiteral':
      found.push(...expression.quasis.map(({ value }) => value.raw).filter(hasWord));
      return found;
    case 'ConditionalExpression':
      return spoken(expression.alternate, spoken(expression.consequent, found));
    case 'LogicalExpression':
      return spoken(expression.right, spoken(expression.left, found));
    default:
      return found;
  }
}

const SHOWN = new RegExp(
  '^(title|alt|placeholder|label|hint|caption|heading|text|words|' +
    'aria-(label|description|roledescription|valuetext|placeholder))$',
);

function hasWord(text: string): boolean {
  return /\p{L}/u.test(text);
}

describe('the words of the page', () => {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.svelte'),
  );

  it.each(files)('%s takes all of them from the table', (name) => {
    const { fragment } = parse(readFileSync(join(SRC, name), 'utf8'), { modern: true });
    expect(literals(fragment)).toEqual([]);
  });

  it('are found where a template has some of its own', () => {
    const own =
      '<p title="a word" class="b" style:left="{1}px">{t("c")} d {#if e}<b>f</b>{/if}</p>';
    const { fragment } = parse(own, { modern: true });
    expect(literals(fragment).map((text) => text.trim())).toEqual(['title="a word"', 'd', 'f']);
  });
});

describe('in German', () => {
  afterEach(() => tongue.choose('en'));

  it('words and numbers change at once, and change back', async () => {
    expect(t('clock.branches', { count: 2 })).toBe('Histories (2)');
    await tongue.choose('de');
    expect(t('clock.branches', { count: 2 })).toBe('Verläufe (2)');
    expect(document.documentElement.lang).toBe('de');
    expect([duration(12_340), countdown(1), bytes(1536), decimal(0.25)]).toEqual([
      '12,3 s',
      '0,1 s',
      '1,5 KiB',
      '0,25',
    ]);
    expect(clock(86_400_000 + 1_250)).toBe('1 d 00:00:01,250');
    await tongue.choose('en');
    expect(t('clock.branches', { count: 2 })).toBe('Histories (2)');
    expect(duration(12_340)).toBe('12.3 s');
  });
});

describe('the language that a page begins with', () => {
  const address = (search: string): void => history.replaceState(null, '', `/${search}`);

  afterEach(async () => {
    address('');
    await tongue.choose('en');
    localStorage.clear();
  });

  it.each([
    ['is asked for by the address', '?embed&lang=de', undefined, ['en'], 'de'],
    ['is what was chosen last', '', 'de', ['en'], 'de'],
    ['is the one of the browser', '', undefined, ['de-AT', 'en'], 'de'],
    ['is the first that the page has', '', undefined, ['fr', 'en-GB', 'de'], 'en'],
    ['is English without any that it has', '?lang=xx', 'yy', ['fr'], 'en'],
  ])('%s', async (_, search, kept, languages, expected) => {
    address(search);
    localStorage.clear();
    if (kept !== undefined) localStorage.setItem('afterlink.language', kept);
    Object.defineProperty(navigator, 'languages', { value: languages, configurable: true });
    await tongue.begin();
    expect(tongue.language).toBe(expected);
    expect(document.documentElement.lang).toBe(expected);
    // A page that is shown inside another leaves the visitor's choice alone.
    expect(localStorage.getItem('afterlink.language')).toBe(kept ?? null);
  });

  it('changes for as long as the page lasts where nothing may be kept', async () => {
    const { localStorage: kept } = window;
    Object.defineProperty(window, 'localStorage', {
      configurable: true,
      get: () => {
        throw new DOMException('denied', 'SecurityError');
      },
    });
    await tongue.begin();
    await tongue.choose('de');
    expect(t('page.help')).toBe('Hilfe');
    Object.defineProperty(window, 'localStorage', { configurable: true, value: kept });
  });
});
