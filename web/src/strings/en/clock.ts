export const clock = {
  'clock.title': 'Clock',
  'clock.no_packet': 'No packet is on its way that can arrive.',
  'clock.no_timer': 'No timer is armed: nothing will happen by itself.',
} as const;
