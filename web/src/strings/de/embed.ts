import type { embed as english } from '../en/embed';

export const embed: Record<keyof typeof english, string> = {
  'embed.open': 'In Afterlink öffnen',
  'embed.open_hint': 'In einem neuen Tab, mit allen Lektionen, dem Inspektor und dem Log',
  'embed.nothing':
    'Die Adresse dieses Rahmens nennt nichts, was zu zeigen wäre: Ergänzen Sie lesson=1 oder das #play=… eines Links.',
  'embed.no_lesson': 'Eine Lektion „{value}“ gibt es nicht. Es gibt die Lektionen 1 bis {last}.',
  'embed.no_theme': 'Das Farbschema „{value}“ gibt es nicht: möglich sind light, dark und auto.',
  'embed.no_protocol': 'Das Protokoll „{value}“ gibt es nicht: möglich sind 5.0 und 3.1.1.',
  'embed.refused': 'Dieser Rahmen lässt sich nicht füllen',
  'embed.title': 'In eine eigene Seite setzen',
  'embed.hint':
    'Ein Stück HTML für einen Blog oder einen Kurs. Es speichert nichts und meldet nichts weiter.',
  'embed.what': 'Was',
  'embed.what.lesson': 'diese Lektion, von ihrem Beginn an',
  'embed.what.moment': 'diesen Moment, zum Weiterspielen',
  'embed.height': 'Höhe',
  'embed.height.pixels': '{pixels} Pixel',
  'embed.html': 'HTML',
  'embed.copy': 'HTML kopieren',
  'embed.copied': 'Kopiert.',
  'embed.by_hand': 'Bitte von Hand kopieren.',
  'embed.frame_title': 'Afterlink: {what}',
  'embed.a_scenario': 'ein MQTT-Szenario',
};
