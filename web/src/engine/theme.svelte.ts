const KEY = 'afterlink.theme';
const CHOICES = ['auto', 'light', 'dark'] as const;

export type ThemeChoice = (typeof CHOICES)[number];

/** Light or dark, as the visitor chose or as their system says. */
export class Theme {
  choice: ThemeChoice = $state('auto');
  #system = matchMedia('(prefers-color-scheme: dark)');

  constructor() {
    const kept = read();
    this.choice = CHOICES.find((choice) => choice === kept) ?? 'auto';
    this.#system.addEventListener('change', () => this.#apply());
    this.#apply();
  }

  next(): void {
    this.choice = CHOICES[(CHOICES.indexOf(this.choice) + 1) % CHOICES.length] ?? 'auto';
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
