const KEY = 'afterlink.language';

/** The languages of the page; their names are in the table of strings. */
export const LANGUAGES = ['en', 'de'] as const;

export type Language = (typeof LANGUAGES)[number];

/** Strings in another language than English, each by its key. */
export type Words = Readonly<Record<string, string>>;

/** What the page speaks, as the visitor chose or as their browser says. English needs no words. */
class Tongue {
  language: Language = $state('en');
  words: Words | undefined = $state.raw(undefined);
  #prepared: (language: Language) => Promise<void> = () => Promise.resolve();

  /**
   * Takes the language that the address, the visitor's last choice or their browser asks for. A
   * guest in another page does not look for what was chosen.
   */
  async begin(isGuest = false): Promise<void> {
    const asked = new URLSearchParams(location.search).get('lang');
    const wished = [asked, isGuest ? null : read(), ...navigator.languages].flatMap(
      (it) => known(it) ?? [],
    );
    // Without a network there may be English alone, which is better than nothing.
    await this.#speak(wished[0] ?? 'en').catch(() => undefined);
  }

  /** Changes the language of the page as it stands. */
  async choose(language: Language): Promise<void> {
    await this.#speak(language);
    try {
      localStorage.setItem(KEY, language);
    } catch {
      // A page that may keep nothing still has its language until it is closed.
    }
  }

  /** Has `fetches` called before the page speaks another language than now. */
  prepare(fetches: (language: Language) => Promise<void>): void {
    this.#prepared = fetches;
  }

  async #speak(language: Language): Promise<void> {
    const part = language === 'de' ? import('./de') : undefined;
    const [words] = await Promise.all([part, this.#prepared(language)]);
    this.words = words?.german;
    this.language = language;
    document.documentElement.lang = language;
  }
}

export const tongue = new Tongue();

/** The attribute `lang` of what is English whatever the page speaks. */
export function english(): 'en' | undefined {
  return tongue.language === 'en' ? undefined : 'en';
}

function known(tag: string | null): Language | undefined {
  const language = tag?.toLowerCase().split('-')[0];
  return LANGUAGES.find((it) => it === language);
}

function read(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
