import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'smol-toml';
import type { Plugin } from 'vite';

import type { Script, Statement, Statements } from '../src/statements/types';

const NAME = 'virtual:statements';
const RESOLVED = `\0${NAME}`;

interface TableEntry {
  binds: Statement['binds'];
  tests?: string[];
  not_applicable?: string;
  note?: string;
}

/** Gives the page the tables of the statements and the scripts that show them. */
export function statements(root: string): Plugin {
  return {
    name: 'statements',
    resolveId: (id) => (id === NAME ? RESOLVED : undefined),
    load(id) {
      if (id !== RESOLVED) return undefined;
      return `export default ${JSON.stringify(read(root))}`;
    },
  };
}

/** What the tables and the scripts of the tree say. */
export function read(root: string): Statements {
  const scripts = readScripts(join(root, 'conformance/scripts'));
  const table = (file: string): Statement[] => {
    const text = readFileSync(join(root, 'core/tests/conformance', file), 'utf8');
    const entries = Object.entries(parse(text) as unknown as Record<string, TableEntry>);
    return entries.map(([id, entry]) => ({
      id,
      binds: entry.binds,
      tests: entry.tests ?? [],
      scripts: scripts.flatMap((it, place) => (it.shows.includes(id) ? [place] : [])),
      ...(entry.note === undefined ? {} : { note: entry.note }),
      ...(entry.not_applicable === undefined ? {} : { notApplicable: entry.not_applicable }),
    }));
  };
  return { v5: table('v5.toml'), v3: table('v3_1_1.toml'), scripts };
}

function readScripts(directory: string): Script[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.txt'))
    .sort()
    .flatMap((name) => {
      const [, ...parts] = readFileSync(join(directory, name), 'utf8').split(/^== /m);
      return parts.map((part) => {
        const [title = '', ...lines] = part.trimEnd().split('\n');
        const shows = lines
          .filter((line) => line.startsWith('shows '))
          .flatMap((line) => line.split(' ').slice(1));
        return {
          chapter: name.slice(0, -'.txt'.length),
          name: title,
          text: lines.join('\n'),
          shows,
        };
      });
    });
}
