/** The farthest that can be jumped to, in milliseconds from the start: a thousand years. */
export const JUMP_MS_MAX = 1_000 * 365 * 86_400_000;

/** Units by their names in all languages of the page: what one has learnt in one holds in all. */
const UNITS: Record<string, number> = {
  ms: 1,
  s: 1_000,
  sec: 1_000,
  second: 1_000,
  seconds: 1_000,
  sek: 1_000,
  sekunde: 1_000,
  sekunden: 1_000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  minutes: 60_000,
  minuten: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
  std: 3_600_000,
  stunde: 3_600_000,
  stunden: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  days: 86_400_000,
  t: 86_400_000,
  tag: 86_400_000,
  tage: 86_400_000,
  y: 365 * 86_400_000,
  year: 365 * 86_400_000,
  years: 365 * 86_400_000,
  j: 365 * 86_400_000,
  jahr: 365 * 86_400_000,
  jahre: 365 * 86_400_000,
};

/** A moment that was typed, or why it is none. */
export type Typed = { ms: number } | { fault: 'nothing' | 'not_a_time' | 'too_far' };

/**
 * Reads a moment, in milliseconds since the start: `12 s`, `1 h 30 min`, `00:01:30.5`, `2 d 01:00`;
 * a number alone is of seconds, and its point may be a comma. With a `+` it counts from `now`.
 */
export function readTime(text: string, now: number): Typed {
  const whole = text
    .trim()
    .toLowerCase()
    .replace(/(?<=\d),(?=\d)/g, '.');
  if (whole === '' || whole === '+') return { fault: 'nothing' };
  const isRelative = whole.startsWith('+');
  const length = readLength((isRelative ? whole.slice(1) : whole).trim());
  if (length === undefined) return { fault: 'not_a_time' };
  const ms = Math.round(length + (isRelative ? now : 0));
  return ms > JUMP_MS_MAX ? { fault: 'too_far' } : { ms };
}

/** A length of time in milliseconds; absent if the text is none. */
function readLength(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1_000;
  let rest = text;
  let ms = 0;
  const seen = new Set<number>();
  while (rest !== '') {
    const part = /^(\d+(?:\.\d+)?)\s*([a-z]+)\s*/.exec(rest);
    if (part === null) {
      const clock = readClock(rest);
      return clock === undefined ? undefined : ms + clock;
    }
    const unit = UNITS[part[2] ?? ''];
    if (unit === undefined || seen.has(unit)) return undefined;
    seen.add(unit);
    ms += Number(part[1]) * unit;
    rest = rest.slice(part[0].length);
  }
  return ms;
}

/** `01:30` is a minute and a half, `00:01:30.250` has hours and parts of a second. */
function readClock(text: string): number | undefined {
  const parts = /^(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:\.\d{1,3})?)$/.exec(text);
  if (parts === null) return undefined;
  const [hours, minutes, seconds] = [Number(parts[1] ?? 0), Number(parts[2]), Number(parts[3])];
  if (seconds >= 60 || (parts[1] !== undefined && minutes >= 60)) return undefined;
  return (hours * 3_600 + minutes * 60 + seconds) * 1_000;
}
