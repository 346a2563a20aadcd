/** All strings of the page in English, one part for each panel. */
import { clock } from './clock';
import { form } from './form';
import { inspector } from './inspector';
import { lessons } from './lessons';
import { log } from './log';
import { page } from './page';
import { play } from './play';
import { refusal } from './refusal';
import { settings } from './settings';
import { share } from './share';
import { stage } from './stage';
import { statements } from './statements';

export const en = {
  ...page,
  ...clock,
  ...form,
  ...inspector,
  ...lessons,
  ...log,
  ...play,
  ...refusal,
  ...settings,
  ...share,
  ...stage,
  ...statements,
} as const;
