import type { Key } from '..';
import { clock } from './clock';
import { code } from './code';
import { embed } from './embed';
import { form } from './form';
import { glossary } from './glossary';
import { inspector } from './inspector';
import { lessons } from './lessons';
import { log } from './log';
import { offline } from './offline';
import { page } from './page';
import { phone } from './phone';
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
  ...code,
  ...embed,
  ...form,
  ...glossary,
  ...inspector,
  ...lessons,
  ...log,
  ...offline,
  ...page,
  ...phone,
  ...play,
  ...refusal,
  ...session,
  ...settings,
  ...share,
  ...stage,
  ...statements,
};
