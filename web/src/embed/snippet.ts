/** Heights of a frame to choose from, in pixels. Below the first a lesson has no room. */
export const HEIGHTS = [480, 600, 720] as const;

/** What stands in a frame. */
export interface Frame {
  address: string;
  title: string;
  height: number;
}

/** The piece of HTML that puts a frame into a page. */
export function snippet({ address, title, height }: Frame): string {
  return (
    `<iframe src="${escape(address)}" title="${escape(title)}" ` +
    `width="100%" height="${height}" loading="lazy" style="border:0"></iframe>`
  );
}

/** The address that shows within a frame what another one shows on the page. */
export function embedded(address: string): string {
  const url = new URL(address);
  return `${url.origin}${url.pathname}?embed${url.hash}`;
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
