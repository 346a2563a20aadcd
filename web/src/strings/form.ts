import { form } from './en/form';
import { speak } from '.';

speak(form);
