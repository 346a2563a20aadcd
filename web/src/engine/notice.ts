/** Something the page says to its visitor. */
export interface Notice {
  kind: 'error' | 'told';
  text: string;
}
