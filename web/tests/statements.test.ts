// @vitest-environment node
import { resolve } from 'node:path';

import { expect, it } from 'vitest';

import { read } from '../build/statements';
import { filtered, isTested } from '../src/statements/filter';

const all = read(resolve(import.meta.dirname, '../..'));

it('has every statement of both versions, each tested or with a reason', () => {
  expect([all.v5.length, all.v3.length]).toEqual([251, 141]);
  for (const statement of [...all.v5, ...all.v3]) {
    expect(isTested(statement), statement.id).toBe(statement.notApplicable === undefined);
  }
});

it('gives a statement the scripts that show it', () => {
  const present = all.v5.find((it) => it.id === 'MQTT-3.2.2-2');
  const names = present?.scripts.map((place) => all.scripts[place]?.name);
  expect(names).toContain('session_present_says_whether_there_was_a_session');
  for (const script of all.scripts) expect(script.shows, script.name).not.toEqual([]);
});

it('filters by whom a statement binds and by words', () => {
  const wills = filtered(all.v5, all.scripts, 'server', 'WILL 3.1.2-');
  expect(wills.length).toBeGreaterThan(0);
  for (const { id, binds } of wills) {
    expect(id).toContain('3.1.2-');
    expect(binds).toBe('server');
  }
  expect(filtered(all.v5, all.scripts, 'any', 'no such thing')).toEqual([]);
});
