/** The words of the standard, explained; the entries themselves are data. */
export const glossary = {
  'glossary.title': 'Glossary',
  'glossary.search': 'Search words, statements, names in other brokers',
  'glossary.count': '{shown} of {all} terms',
  'glossary.none': 'No term has these words.',
  'glossary.unknown': 'The address names a term that is not here. Here are all of them.',
  'glossary.address': 'The address of this entry',
  'glossary.lesson': 'Lesson {number}',
  'glossary.statement': 'The statement and the tests that show it, in a new tab',
  'glossary.see': 'See also',
  'glossary.in.emqx': 'in EMQX',
  'glossary.in.vernemq': 'in VerneMQ',
  'glossary.of_lesson': 'Words of this lesson',
} as const;
