/** A line of a menu: something to do, or the title of what follows. */
export type MenuItem =
  | { kind: 'item'; text: string; disabled: boolean; act: () => void }
  | { kind: 'section'; text: string };

/** Something to do. */
export function item(text: string, act: () => void, disabled = false): MenuItem {
  return { kind: 'item', text, disabled, act };
}

/** The title of what follows. */
export function section(text: string): MenuItem {
  return { kind: 'section', text };
}
