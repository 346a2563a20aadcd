import '../strings/statements';
import { mount } from 'svelte';

import '../styles/tokens.css';
import '../styles/base.css';
import StatementsPage from './StatementsPage.svelte';

const target = document.getElementById('app');
if (target === null) throw new Error('the page has no #app');
mount(StatementsPage, { target });
