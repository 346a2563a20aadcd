export const inspector = {
  'inspector.title': 'Inspector',
} as const;
