import type { form as english } from '../en/form';

export const form: Record<keyof typeof english, string> = {
  'form.pair_name': 'Name',
  'form.pair_value': 'Wert',
  'form.pair_add': 'Paar hinzufügen',
  'form.pair_remove': 'Dieses Paar entfernen',
  'form.hex': 'als Bytes in Hexadezimal',
  'form.hex_wrong': 'Jedes Byte wird mit zwei Hexadezimalziffern geschrieben, etwa 48 69.',
  'form.cancel': 'Abbrechen',
  'form.more': 'Mehr',
  'form.absent': 'nicht gesendet',
  'qos.AtMostOnce': '0, höchstens einmal',
  'qos.AtLeastOnce': '1, mindestens einmal',
  'qos.ExactlyOnce': '2, genau einmal',
};
