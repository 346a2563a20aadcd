import type { glossary as english } from '../en/glossary';

export const glossary: Record<keyof typeof english, string> = {
  'glossary.title': 'Glossar',
  'glossary.search': 'Nach Wörtern, Regeln und Namen in anderen Brokern suchen',
  'glossary.count': '{shown} von {all} Begriffen',
  'glossary.none': 'Kein Begriff enthält diese Wörter.',
  'glossary.unknown': 'Die Adresse nennt einen Begriff, den es hier nicht gibt. Hier sind alle.',
  'glossary.address': 'Die Adresse dieses Eintrags',
  'glossary.lesson': 'Lektion {number}',
  'glossary.statement': 'Die Regel und die Tests, die sie belegen, in einem neuen Tab',
  'glossary.see': 'Siehe auch',
  'glossary.in.emqx': 'in EMQX',
  'glossary.in.vernemq': 'in VerneMQ',
  'glossary.of_lesson': 'Begriffe dieser Lektion',
};
