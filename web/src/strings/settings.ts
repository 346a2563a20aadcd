import { settings } from './en/settings';
import { speak } from '.';

speak(settings);
