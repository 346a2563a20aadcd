export const lessons = {
  'lessons.title': 'Lessons',
} as const;
