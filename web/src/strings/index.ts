import { en } from './en';

/** The keys of the table of strings. */
export type Key = keyof typeof en;

type Values = Record<string, string | number>;

/** The text of a key, with `{name}` replaced by the value of that name. */
export function t(key: Key, values: Values = {}): string {
  return en[key].replace(/\{(\w+)\}/g, (whole: string, name: string) =>
    String(values[name] ?? whole),
  );
}
