export const stage = {
  'stage.title': 'Stage',
} as const;
