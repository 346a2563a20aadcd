import { share } from './en/share';
import { speak } from '.';

speak(share);
