import { mount } from 'svelte';

import App from './App.svelte';
import { start } from './engine/start';
import { screen } from './screen/screen.svelte';
import { t } from './strings';
import { tongue } from './strings/language.svelte';
import './styles/tokens.css';
import './styles/base.css';

/** The pages share one script, which the browser then has for both. */
async function show(target: HTMLElement): Promise<void> {
  screen.isGuest = new URLSearchParams(location.search).has('embed');
  screen.tell(document.documentElement);
  await tongue.begin(screen.isGuest);
  // Some hosts leave the ending out.
  if (/\/statements(\.html)?$/.test(location.pathname)) {
    const { default: StatementsPage } = await import('./statements/StatementsPage.svelte');
    mount(StatementsPage, { target });
    return;
  }
  // Within a page of others only what its address names is shown, without the frame around it.
  if (screen.isGuest) {
    const [player, { default: Embed }] = await Promise.all([
      start(false),
      import('./embed/Embed.svelte'),
    ]);
    mount(Embed, { target, props: { player } });
    return;
  }
  const player = await start(true);
  mount(App, { target, props: { player } });
}

const target = document.getElementById('app');
if (target === null) throw new Error('the page has no #app');

show(target).catch((error: unknown) => {
  const reason = error instanceof Error ? error.message : String(error);
  const message = document.createElement('p');
  message.setAttribute('role', 'alert');
  message.className = 'start-failure';
  message.textContent = t('page.start_failed', { reason });
  target.replaceChildren(message);
});

// While the page is worked on, what the browser keeps would only hide what has changed; and for
// the page of others that it is shown in, it keeps nothing.
if (import.meta.env.PROD && !screen.isGuest)
  void import('./offline/keep').then(({ keep }) => keep());
