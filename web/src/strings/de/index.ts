import type { Key } from '..';
import { clock } from './clock';
import { form } from './form';
import { inspector } from './inspector';
import { lessons } from './lessons';
import { log } from './log';
import { offline } from './offline';
import { page } from './page';
import { play } from './play';
import { refusal } from './refusal';
import { session } from './session';
import { settings } from './settings';
import { share } from './share';
import { stage } from './stage';
import { statements } from './statements';

/** All that the page says, in German. A key without its German does not compile. */
export const german: Readonly<Record<Key, string>> = {
  ...clock,
  ...form,
  ...inspector,
  ...lessons,
  ...log,
  ...offline,
  ...page,
  ...play,
  ...refusal,
  ...session,
  ...settings,
  ...share,
  ...stage,
  ...statements,
};
