import { statements } from './en/statements';
import { speak } from '.';

speak(statements);
