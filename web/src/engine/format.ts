/** How numbers of the engine are written for people. Milliseconds go in. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** A length of time, short: `350 ms`, `12.3 s`, `4 min 5 s`, `2 h 3 min`, `5 d 2 h`, `10 y`. */
export function duration(ms: number): string {
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < MINUTE) return `${trim((Math.floor(ms / 100) / 10).toFixed(1))} s`;
  if (ms < HOUR) return two(ms, MINUTE, 'min', SECOND, 's');
  if (ms < DAY) return two(ms, HOUR, 'h', MINUTE, 'min');
  if (ms < 2 * YEAR) return two(ms, DAY, 'd', HOUR, 'h');
  return `${trim((Math.floor(ms / (YEAR / 10)) / 10).toFixed(1))} y`;
}

/** What is left until a moment, for a countdown: whole seconds are rounded up. */
export function countdown(ms: number): string {
  if (ms <= 0) return '0 s';
  if (ms < 10 * SECOND) return `${(Math.ceil(ms / 100) / 10).toFixed(1)} s`;
  return duration(Math.ceil(ms / SECOND) * SECOND);
}

/** Time since the start, as a clock shows it: `00:00:01.250`. */
export function clock(ms: number): string {
  const days = Math.floor(ms / DAY);
  const pad = (n: number, width = 2): string => String(Math.floor(n)).padStart(width, '0');
  const rest = ms % DAY;
  const time = `${pad(rest / HOUR)}:${pad((rest % HOUR) / MINUTE)}:${pad((rest % MINUTE) / SECOND)}.${pad(rest % SECOND, 3)}`;
  return days > 0 ? `${days} d ${time}` : time;
}

/** A number of bytes: `12 B`, `3.4 KiB`. */
export function bytes(count: number): string {
  if (count < 1024) return `${count} B`;
  if (count < 1024 * 1024) return `${trim((count / 1024).toFixed(1))} KiB`;
  return `${trim((count / 1024 / 1024).toFixed(1))} MiB`;
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** A payload as text if it is text, else its bytes in hexadecimal, at most `length` characters. */
export function payload(data: ArrayLike<number>, length = 80): string {
  const part = Uint8Array.from(Array.prototype.slice.call(data, 0, length * 4) as number[]);
  let text: string;
  try {
    text = decoder.decode(part);
  } catch {
    text = Array.from(part, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  }
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

function two(
  ms: number,
  large: number,
  largeUnit: string,
  small: number,
  smallUnit: string,
): string {
  const whole = Math.floor(ms / large);
  const rest = Math.floor((ms % large) / small);
  return rest === 0 ? `${whole} ${largeUnit}` : `${whole} ${largeUnit} ${rest} ${smallUnit}`;
}

function trim(number: string): string {
  return number.endsWith('.0') ? number.slice(0, -2) : number;
}
