/** What is said when the page that is kept in the browser is replaced by a newer one. */
export const offline = {
  'offline.newer': 'A newer version of this page is ready. Reloading takes it, and begins anew.',
} as const;
