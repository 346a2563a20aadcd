import { mount } from 'svelte';

/** What the worker says to a page whose build is not its own. */
const OUTDATED = 'outdated';

/**
 * Keeps the page for when there is no network, where the browser lets it, and tells the visitor
 * once another build is there. Without secure context or storage the page simply works as long as
 * it is loaded.
 */
export async function keep(): Promise<void> {
  try {
    // Where a page may have no worker, asking for one may throw by itself.
    if (!('serviceWorker' in navigator)) return;
    const { serviceWorker } = navigator;
    const build = document.documentElement.dataset['build'];
    const ask = (): void => serviceWorker.controller?.postMessage(build);
    serviceWorker.addEventListener('message', ({ data }) => {
      if (data === OUTDATED) void tell();
    });
    serviceWorker.addEventListener('controllerchange', ask);
    ask();
    const isKept = serviceWorker.controller !== null;
    const registration = await serviceWorker.register(new URL('sw.js', document.baseURI));
    // The browser looks for another build too, but later. What it takes at the first visit is new.
    if (isKept) await registration.update();
  } catch {
    // The page has all it needs at present.
  }
}

let isTold = false;

/** Tells the visitor, once the new build answers: a reload before that would bring the old one. */
async function tell(): Promise<void> {
  if (isTold) return;
  isTold = true;
  const { controller } = navigator.serviceWorker;
  if (controller?.state === 'activating') {
    await new Promise((resolve) => {
      controller.addEventListener('statechange', resolve, { once: true });
    });
  }
  const { default: Newer } = await import('./Newer.svelte');
  mount(Newer, { target: document.body });
}
