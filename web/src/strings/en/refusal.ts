/** Why the World has no place for a command. */
export const refusal = {
  'refusal.client_unknown': 'There is no client of this name.',
  'refusal.too_many_clients': 'There is no room for another client.',
  'refusal.client_frozen': 'The client is frozen: it does nothing until it is thawed.',
  'refusal.not_connected': 'The client has no connection.',
  'refusal.cut_already': 'The link is cut already.',
  'refusal.not_cut': 'The link is not cut.',
  'refusal.packet_unknown': 'This packet is not on its way any more.',
  'refusal.not_held': 'The packet is not held.',
  'refusal.broker_down': 'The broker is down.',
} as const;
