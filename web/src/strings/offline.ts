import { offline } from './en/offline';
import { speak } from '.';

speak(offline);
