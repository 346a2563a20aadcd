import { glossary } from './en/glossary';
import { speak } from '.';

speak(glossary);
