import type { Script, Statement } from './types';

export function isTested(statement: Statement): boolean {
  return statement.tests.length > 0 || statement.scripts.length > 0;
}

/** The statements that bind whom one asks about and have all the words in an id or a name. */
export function filtered(
  statements: Statement[],
  scripts: Script[],
  binds: Statement['binds'] | 'any',
  words: string,
): Statement[] {
  const wanted = words
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  return statements.filter((statement) => {
    if (binds !== 'any' && statement.binds !== binds) return false;
    const names = statement.scripts.map((place) => scripts[place]?.name ?? '');
    const text = [statement.id, ...statement.tests, ...names].join(' ').toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}
