import type { refusal as english } from '../en/refusal';

export const refusal: Record<keyof typeof english, string> = {
  'refusal.client_unknown': 'Einen Client dieses Namens gibt es nicht.',
  'refusal.too_many_clients': 'Für einen weiteren Client ist kein Platz.',
  'refusal.client_frozen': 'Der Client ist eingefroren: Er tut nichts, bis er aufgetaut wird.',
  'refusal.not_connected': 'Der Client hat keine Verbindung.',
  'refusal.cut_already': 'Die Leitung ist schon gekappt.',
  'refusal.not_cut': 'Die Leitung ist nicht gekappt.',
  'refusal.packet_unknown': 'Dieses Paket ist nicht mehr unterwegs.',
  'refusal.not_held': 'Das Paket wird nicht festgehalten.',
  'refusal.broker_down': 'Der Broker steht still.',
  'refusal.client_outside': 'Nur der Code, der diesen Client steuert, sagt, was er tut.',
  'refusal.client_inside': 'Diesen Client steuert kein Code.',
};
