import { play } from './en/play';
import { speak } from '.';

speak(play);
