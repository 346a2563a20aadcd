const KEY = 'afterlink.theme';
export const THEMES = ['auto', 'light', 'dark'] as const;

export type ThemeChoice = (typeof THEMES)[number];

/** Light or dark, as the visitor chose or as their system says. */
export class Theme {
  choice: ThemeChoice = $state('auto');
  #system = matchMedia('(prefers-color-scheme: dark)');

  /** What was chosen before holds, unless the address of the page says what to show. */
  constructor(choice?: ThemeChoice) {
    const wanted = choice ?? read();
    this.choice = THEMES.find((it) => it === wanted) ?? 'auto';
    this.#system.addEventListener('change', () => this.#apply());
    this.#apply();
  }

  next(): void {
    this.choice = THEMES[(THEMES.indexOf(this.choice) + 1) % THEMES.length] ?? 'auto';
    try {
      localStorage.setItem(KEY, this.choice);
    } catch {
      // A page that may keep nothing still has its theme until it is closed.
    }
    this.#apply();
  }

  #apply(): void {
    const dark = this.choice === 'dark' || (this.choice === 'auto' && this.#system.matches);
    document.documentElement.dataset['theme'] = dark ? 'dark' : 'light';
  }
}

function read(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
