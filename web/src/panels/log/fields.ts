import type { DissectedField } from 'afterlink-wasm';

/** A field with its place in the tree. */
export interface Line {
  field: DissectedField;
  depth: number;
}

/** The fields of a packet one under the other, those that hold others first. */
export function lines(fields: readonly DissectedField[], depth = 0): Line[] {
  return fields.flatMap((field) => [{ field, depth }, ...lines(field.children, depth + 1)]);
}

/** The bytes of the innermost field that has this byte; the byte alone if none has. */
export function rangeAt(fields: readonly DissectedField[], byte: number): [number, number] {
  const field = fields.find(({ start, end }) => start <= byte && byte < end);
  if (field === undefined) return [byte, byte + 1];
  return field.children.length === 0 ? [field.start, field.end] : rangeAt(field.children, byte);
}

/** Whether a field is the one whose bytes are marked. */
export function isMarked(field: DissectedField, bytes: [number, number] | undefined): boolean {
  return bytes !== undefined && field.start === bytes[0] && field.end === bytes[1];
}
