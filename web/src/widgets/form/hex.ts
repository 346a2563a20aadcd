/**
 * Bytes written as pairs of hexadecimal digits, with or without spaces; `undefined` if they are
 * not.
 */
export function parseHex(text: string): number[] | undefined {
  const digits = text.replace(/\s+/g, '');
  if (!/^(?:[0-9a-f]{2})*$/i.test(digits)) return undefined;
  return Array.from(digits.matchAll(/../g), ([pair]) => Number.parseInt(pair, 16));
}
