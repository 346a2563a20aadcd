import { mount } from 'svelte';

import App from './App.svelte';
import { start } from './engine/start';
import { t } from './strings';
import './styles/tokens.css';
import './styles/base.css';

const target = document.getElementById('app');
if (target === null) throw new Error('the page has no #app');

start().then(
  (player) => mount(App, { target, props: { player } }),
  (error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    const message = document.createElement('p');
    message.setAttribute('role', 'alert');
    message.className = 'start-failure';
    message.textContent = t('page.start_failed', { reason });
    target.replaceChildren(message);
  },
);
