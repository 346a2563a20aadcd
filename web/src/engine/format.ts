/** How numbers of the engine are written for people. Milliseconds go in. */

import { t } from '../strings';
import { tongue } from '../strings/language.svelte';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** A length of time, short: `350 ms`, `12.3 s`, `4 min 5 s`, `2 h 3 min`, `5 d 2 h`, `10 y`. */
export function duration(ms: number): string {
  if (ms < SECOND) return t('unit.ms', { count: Math.round(ms) });
  if (ms < MINUTE) return t('unit.s', { count: number(Math.floor(ms / 100) / 10) });
  if (ms < HOUR) return two(ms, MINUTE, 'min', SECOND, 's');
  if (ms < DAY) return two(ms, HOUR, 'h', MINUTE, 'min');
  if (ms < 2 * YEAR) return two(ms, DAY, 'd', HOUR, 'h');
  return t('unit.y', { count: number(Math.floor(ms / (YEAR / 10)) / 10) });
}

/** What is left until a moment, for a countdown: whole seconds are rounded up. */
export function countdown(ms: number): string {
  if (ms <= 0) return t('unit.s', { count: 0 });
  if (ms < 10 * SECOND) return t('unit.s', { count: number(Math.ceil(ms / 100) / 10, 1) });
  return duration(Math.ceil(ms / SECOND) * SECOND);
}

/** Time since the start, as a clock shows it: `00:00:01.250`. */
export function clock(ms: number): string {
  const days = Math.floor(ms / DAY);
  const pad = (n: number, width = 2): string => String(Math.floor(n)).padStart(width, '0');
  const rest = ms % DAY;
  const whole = [rest / HOUR, (rest % HOUR) / MINUTE, (rest % MINUTE) / SECOND].map((n) => pad(n));
  const time = `${whole.join(':')}${numbers(0).point}${pad(rest % SECOND, 3)}`;
  return days > 0 ? `${t('unit.d', { count: days })} ${time}` : time;
}

/** A number of bytes: `12 B`, `3.4 KiB`. */
export function bytes(count: number): string {
  if (count < 1024) return t('unit.B', { count });
  if (count < 1024 * 1024) return t('unit.KiB', { count: number(count / 1024) });
  return t('unit.MiB', { count: number(count / 1024 / 1024) });
}

/** A number as it is, with the point of the language. */
export function decimal(value: number): string {
  return String(value).replace('.', numbers(0).point);
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

type Unit = 'd' | 'h' | 'min' | 's';

function two(ms: number, large: number, largeUnit: Unit, small: number, smallUnit: Unit): string {
  const whole = t(`unit.${largeUnit}`, { count: Math.floor(ms / large) });
  const rest = Math.floor((ms % large) / small);
  return rest === 0 ? whole : `${whole} ${t(`unit.${smallUnit}`, { count: rest })}`;
}

interface Numbers {
  language: string;
  format: Intl.NumberFormat;
  /** What stands before the parts of a whole. */
  point: string;
}

/** One for each least number of digits, since making them takes long. */
const made: Numbers[] = [];

function numbers(digits: number): Numbers {
  const { language } = tongue;
  const had = made[digits];
  if (had?.language === language) return had;
  const format = new Intl.NumberFormat(language, {
    minimumFractionDigits: digits,
    maximumFractionDigits: 1,
    useGrouping: false,
  });
  const point = format.formatToParts(0.5).find(({ type }) => type === 'decimal')?.value ?? '.';
  return (made[digits] = { language, format, point });
}

/** A number with at most one digit behind the point, and with at least `digits`. */
function number(value: number, digits = 0): string {
  return numbers(digits).format.format(value);
}
