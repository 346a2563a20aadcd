import type { phone as english } from '../en/phone';

export const phone: Record<keyof typeof english, string> = {
  'panel.tabs': 'Teile der Seite',
  'panel.lessons': 'Lektion',
  'panel.stage': 'Bühne',
  'panel.sessions': 'Sessions',
  'panel.log': 'Log',
  'panel.news': 'etwas Neues',
  'page.menu': 'Menü',
  'clock.more': 'Mehr von der Uhr',
  'lessons.see': 'Auf der Bühne ansehen',
  'lessons.answer': 'Erst antworten',
  'lessons.end': 'Den Schluss lesen',
  'lessons.menu': 'Mehr zu dieser Lektion',
  'lessons.print': 'Diese Lektion drucken',
  'lessons.reached': 'Schritt {number}: {holds} von {all} wie beschrieben',
  'stage.menu.session': 'Seine Session ansehen',
  'stage.parties': 'Clients und Broker',
  'announce.of': '{lane}: {text}',
  'announce.times': '{sentence}, {count}-mal',
  'announce.more': 'und {count} weitere',
  'announce.arrived': '{packet}, {way}, ist angekommen',
};
