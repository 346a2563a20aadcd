/** Words of forms, wherever they stand. */
export const form = {
  'form.pair_name': 'name',
  'form.pair_value': 'value',
  'form.pair_add': 'Add a pair',
  'form.pair_remove': 'Remove this pair',
  'form.hex': 'as hexadecimal bytes',
  'form.hex_wrong': 'Write each byte as two hexadecimal digits, such as 48 69.',
  'form.cancel': 'Cancel',
  'form.more': 'More',
  'form.absent': 'not sent',
  'qos.AtMostOnce': '0, at most once',
  'qos.AtLeastOnce': '1, at least once',
  'qos.ExactlyOnce': '2, exactly once',
} as const;
