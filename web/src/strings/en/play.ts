export const play = {
  'play.title': 'Play',
} as const;
