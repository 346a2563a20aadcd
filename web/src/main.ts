import { mount } from 'svelte';

import App from './App.svelte';
import { start } from './engine/start';
import { t } from './strings';
import { tongue } from './strings/language.svelte';
import './styles/tokens.css';
import './styles/base.css';

/** The pages share one script, which the browser then has for both. */
async function show(target: HTMLElement): Promise<void> {
  if (location.pathname.endsWith('/statements.html')) {
    const [{ default: StatementsPage }] = await Promise.all([
      import('./statements/StatementsPage.svelte'),
      tongue.begin(),
    ]);
    mount(StatementsPage, { target });
    return;
  }
  const [player] = await Promise.all([start(), tongue.begin()]);
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

// While the page is worked on, what the browser keeps would only hide what has changed.
if (import.meta.env.PROD) void import('./offline/keep').then(({ keep }) => keep());
