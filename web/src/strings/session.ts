import { session } from './en/session';
import { speak } from '.';

speak(session);
