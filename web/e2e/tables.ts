import { clock } from '../src/strings/en/clock';
import { form } from '../src/strings/en/form';
import { inspector } from '../src/strings/en/inspector';
import { lessons } from '../src/strings/en/lessons';
import { log } from '../src/strings/en/log';
import { page } from '../src/strings/en/page';
import { play } from '../src/strings/en/play';
import { session } from '../src/strings/en/session';
import { settings } from '../src/strings/en/settings';
import { stage } from '../src/strings/en/stage';
import { statements } from '../src/strings/en/statements';

/** What the page says in English. */
export const english: Record<string, string> = {
  ...clock,
  ...form,
  ...inspector,
  ...lessons,
  ...log,
  ...page,
  ...play,
  ...session,
  ...settings,
  ...stage,
  ...statements,
};
