import { clock } from '../src/strings/en/clock';
import { code } from '../src/strings/en/code';
import { embed } from '../src/strings/en/embed';
import { form } from '../src/strings/en/form';
import { glossary } from '../src/strings/en/glossary';
import { inspector } from '../src/strings/en/inspector';
import { lessons } from '../src/strings/en/lessons';
import { log } from '../src/strings/en/log';
import { page } from '../src/strings/en/page';
import { phone } from '../src/strings/en/phone';
import { play } from '../src/strings/en/play';
import { session } from '../src/strings/en/session';
import { settings } from '../src/strings/en/settings';
import { stage } from '../src/strings/en/stage';
import { statements } from '../src/strings/en/statements';

/** What the page says in English. */
export const english: Record<string, string> = {
  ...clock,
  ...code,
  ...embed,
  ...form,
  ...glossary,
  ...inspector,
  ...lessons,
  ...log,
  ...page,
  ...phone,
  ...play,
  ...session,
  ...settings,
  ...stage,
  ...statements,
};
