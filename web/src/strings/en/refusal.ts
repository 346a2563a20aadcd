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
  'refusal.client_outside': 'Only the code that drives this client says what it does.',
  'refusal.client_inside': 'This client is not one that code drives.',
} as const;
