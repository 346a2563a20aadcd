/** The lessons as files, each fetched when it is opened. */
const files = import.meta.glob<string>('../../lessons/*.json', { query: '?raw', import: 'default' });

/** A lesson in the list. */
export interface LessonFile {
  /** Its name in links and in the keys of its texts, as in the name of its file. */
  id: string;
  number: number;
  /** Its text, as the engine reads it. */
  load: () => Promise<string>;
}

/** All lessons in their order. */
export const lessonFiles: readonly LessonFile[] = Object.entries(files)
  .map(([path, load]) => {
    const name = path.slice(path.lastIndexOf('/') + 1, -'.json'.length);
    const dash = name.indexOf('-');
    return { id: name.slice(dash + 1), number: Number(name.slice(0, dash)), load };
  })
  .sort((a, b) => a.number - b.number);
