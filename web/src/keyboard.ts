import type { Player } from './engine/player.svelte';
import type { Selection } from './engine/selection.svelte';

/** The id of the field that filters the log. */
export const FILTER_FIELD = 'log-filter';

/** How far `[` and `]` go, in milliseconds. */
const JUMP_MS = 1_000;

/** The keys and the strings that say what they do, for the help. */
export const KEYS = [
  [' ', 'key.play'],
  ['.', 'key.packet'],
  ['t', 'key.timer'],
  ['[', 'key.back'],
  [']', 'key.forward'],
  ['1', 'key.session'],
  ['c', 'key.cut'],
  ['/', 'key.filter'],
  ['?', 'key.help'],
] as const;

/** Hears the keys of the page. None is taken from a field that is typed in. */
export function listen(player: Player, selection: Selection): () => void {
  const hear = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyped(event)) return;
    if (act(event.key, player, selection)) event.preventDefault();
  };
  document.addEventListener('keydown', hear);
  return () => document.removeEventListener('keydown', hear);
}

function act(key: string, player: Player, selection: Selection): boolean {
  switch (key) {
    case ' ':
      player.toggle();
      return true;
    case '.':
      player.stepPacket();
      return true;
    case 't':
      player.stepTimer();
      return true;
    case '[':
      player.seek(player.now - JUMP_MS);
      return true;
    case ']':
      player.advance(JUMP_MS);
      return true;
    case 'c':
      return cut(player, selection);
    case '/':
      document.getElementById(FILTER_FIELD)?.focus();
      return true;
    case '?':
      document.dispatchEvent(new CustomEvent('afterlink-help'));
      return true;
    default:
      return choose(key, player, selection);
  }
}

/** The session of this place, first come first. */
function choose(key: string, player: Player, selection: Selection): boolean {
  const place = '123456789'.indexOf(key);
  if (place < 0) return false;
  const session = player.look((simulation) => simulation.sessions(undefined, place + 1))[place];
  if (session === undefined) return false;
  selection.session = session.client_identifier;
  return true;
}

/** Cuts the link of the session that is looked at. */
function cut(player: Player, selection: Selection): boolean {
  const clients = player.look((simulation) => simulation.clients(0));
  const client = clients.find((it) => it.config.client_identifier === selection.session);
  if (client === undefined) return false;
  player.perform({ command: 'cut', client: client.name });
  return true;
}

/**
 * Whether the key belongs to what has the focus: a field, an open dialog or, for space, a
 * button.
 */
function isTyped(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  if (
    target.closest(
      'input, select, textarea, [contenteditable], dialog, [role="menu"], [role="slider"]',
    )
  )
    return true;
  return (
    event.key === ' ' &&
    target.closest('button, a, summary, [role="tab"], [role="button"]') !== null
  );
}
