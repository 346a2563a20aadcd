import '../strings/embed';
import type { ProtocolVersion } from 'afterlink-wasm';

import { THEMES, type ThemeChoice } from '../engine/theme.svelte';
import { t } from '../strings';
import { type LessonFile, lessonFiles } from './files';

/** Characters of a foreign value that are said back at most. */
const SAID_MAX = 24;

const PROTOCOLS: Readonly<Record<string, ProtocolVersion>> = { '5.0': 'V5', '3.1.1': 'V3_1_1' };

/** What the address of the page asks for in its query. */
export interface Asked {
  lesson: LessonFile | undefined;
  protocol: ProtocolVersion | undefined;
  theme: ThemeChoice | undefined;
}

/** Reads the query of an address. Throws in words if it asks for what is not there. */
export function asked(search: string): Asked {
  const query = new URLSearchParams(search);
  const lesson = query.get('lesson');
  const protocol = query.get('protocol');
  const theme = query.get('theme');
  return {
    lesson: lesson === null ? undefined : lessonOf(lesson),
    protocol: protocol === null ? undefined : protocolOf(protocol),
    theme: theme === null ? undefined : themeOf(theme),
  };
}

/** The query that asks for a lesson. */
export function lessonQuery({ number }: LessonFile, isEmbedded: boolean): string {
  return isEmbedded ? `?embed&lesson=${number}` : `?lesson=${number}`;
}

function lessonOf(value: string): LessonFile {
  const found = lessonFiles.find(({ id, number }) => value === id || value === String(number));
  if (found !== undefined) return found;
  const last = lessonFiles.at(-1)?.number ?? 0;
  throw new Error(t('embed.no_lesson', { value: said(value), last }));
}

function protocolOf(value: string): ProtocolVersion {
  const found = Object.hasOwn(PROTOCOLS, value) ? PROTOCOLS[value] : undefined;
  if (found === undefined) throw new Error(t('embed.no_protocol', { value: said(value) }));
  return found;
}

function themeOf(value: string): ThemeChoice {
  const found = THEMES.find((theme) => theme === value);
  if (found === undefined) throw new Error(t('embed.no_theme', { value: said(value) }));
  return found;
}

function said(value: string): string {
  return value.length > SAID_MAX ? `${value.slice(0, SAID_MAX)}…` : value;
}
