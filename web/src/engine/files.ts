/** Bytes of the largest scenario file that is opened; the engine's own limit is the same. */
export const FILE_BYTES_MAX = 1 << 20;

/** Gives the visitor a text as a file. */
export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
