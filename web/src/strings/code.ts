import { code } from './en/code';
import { speak } from '.';

speak(code);
