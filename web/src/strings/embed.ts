import { embed } from './en/embed';
import { speak } from '.';

speak(embed);
