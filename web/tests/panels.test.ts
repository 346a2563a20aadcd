import { Simulation } from 'afterlink-wasm';
import { flushSync, mount, tick, unmount } from 'svelte';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

import { fiveClients } from '../src/engine/five_clients';
import { Player } from '../src/engine/player.svelte';
import { Selection } from '../src/engine/selection.svelte';
import InspectorPanel from '../src/panels/inspector/InspectorPanel.svelte';
import LogPanel from '../src/panels/log/LogPanel.svelte';
import { loadEngine } from './engine';

let player: Player;
let selection: Selection;
let mounted: ReturnType<typeof mount> | undefined;

beforeAll(loadEngine);

beforeEach(() => {
  player = new Player(new Simulation(fiveClients()));
  selection = new Selection();
});

afterEach(async () => {
  if (mounted !== undefined) await unmount(mounted);
  mounted = undefined;
});

async function show(panel: typeof InspectorPanel | typeof LogPanel, ms: number): Promise<void> {
  player.seek(player.position.start + ms);
  mounted = mount(panel, { target: document.body, props: { player, selection } });
  await settle();
}

async function choose(session: string): Promise<void> {
  selection.session = session;
  await settle();
}

/** Lets what was asked for come, and shows it. */
async function settle(): Promise<void> {
  flushSync();
  await vi.dynamicImportSettled();
  await tick();
  flushSync();
}

function text(selector = 'body'): string {
  return (document.querySelector(selector)?.textContent ?? '').replace(/\s+/g, ' ');
}

async function press(name: string): Promise<void> {
  const buttons = [...document.querySelectorAll('button')];
  const found = buttons.find((it) =>
    (it.getAttribute('aria-label') ?? it.textContent ?? '').trim().startsWith(name),
  );
  if (found === undefined) throw new Error(`no button ${name}`);
  found.click();
  await settle();
}

describe('the inspector', () => {
  test('counts the ring of a client that is away, and not of one that is there', async () => {
    await show(InspectorPanel, 9_000);
    await choose('phone');
    expect(text('[role=timer]')).toBe('9.5 s');
    player.advance(1_000);
    await settle();
    expect(text('[role=timer]')).toBe('8.5 s');
    await choose('sensor');
    expect(text('[role=timer]')).toBe('1 h');
    expect(text()).toContain('counts from the moment the connection closes');
    await choose('pump');
    expect(text()).toContain('never ends by itself (0xFFFFFFFF)');
  });

  test('shows the queue with what expires, and drops one message of it', async () => {
    await show(InspectorPanel, 9_000);
    await choose('phone');
    expect(text()).toContain('alarm/door');
    expect(text()).toContain('alarm/smoke');
    expect(text()).toMatch(/expires in \d/);
    await press('Drop this message');
    expect(text()).not.toContain('alarm/door');
    expect(player.look((simulation) => simulation.session('phone')?.queue_len)).toBe(1);
    await press('Purge');
    expect(text()).toContain('Nothing waits.');
  });

  test('says why a session is gone', async () => {
    await show(InspectorPanel, 20_000);
    await choose('phone');
    expect(text()).toContain('The broker holds no session for this client.');
    expect(text()).toContain('it expired');
    expect(text()).toContain('[MQTT-4.1.0-2]');
  });

  test('ends a session on command', async () => {
    await show(InspectorPanel, 9_000);
    await choose('pump');
    await press('End session');
    expect(text()).toContain('an operator ended it');
  });

  test('filters the log by a counter', async () => {
    await show(InspectorPanel, 9_000);
    await choose('phone');
    await press('expired');
    expect(selection.filter).toBe('client:phone is:dropped cause:expired');
  });
});

describe('the log', () => {
  function rows(): string[] {
    return [...document.querySelectorAll('tbody tr')].map((row) => row.textContent ?? '');
  }

  test('shows the rows that a filter lets through, and says what is wrong with one', async () => {
    await show(LogPanel, 9_000);
    selection.filter = 'type:connack to:phone';
    await settle();
    expect(rows()).toHaveLength(1);
    expect(rows()[0]).toContain('CONNACK');
    selection.filter = 'colour:red';
    await settle();
    expect(text('[role=status]')).toContain('There is no key “colour:”');
    expect(document.querySelector('input')?.getAttribute('aria-invalid')).toBe('true');
  });

  test('explains a row', async () => {
    await show(LogPanel, 20_000);
    selection.filter = 'type:session_ended client:phone';
    await settle();
    await press('why?');
    expect(text('table')).toContain('stayed away for longer than its session expiry interval');
    expect(text('table')).toContain('[MQTT-4.1.0-2]');
  });

  test('opens the packet of a row', async () => {
    await show(LogPanel, 9_000);
    selection.filter = 'type:connect client:pump';
    await settle();
    document.querySelector<HTMLElement>('tbody tr')?.click();
    await settle();
    expect(selection.packet).toBeDefined();
    expect(text('[aria-label="The selected packet"]')).toContain('CONNECT, packet');
    await press('Close');
    expect(selection.packet).toBeUndefined();
  });

  test('moves through its rows by keys, and takes the packet along', async () => {
    await show(LogPanel, 9_000);
    selection.filter = 'is:packet client:pump';
    await settle();
    const all = rows().length;
    expect(all).toBeGreaterThan(3);
    await key('table', 'Home');
    await key('table', 'Enter');
    expect(text('[aria-label="The selected packet"]')).toContain('CONNECT, packet');
    await key('table', 'ArrowDown');
    expect(text('[aria-label="The selected packet"]')).toContain('CONNACK, packet');
    expect(document.querySelector('tr[tabindex="0"]')?.textContent).toContain('CONNACK');
    await key('table', 'Escape');
    expect(selection.packet).toBeUndefined();
  });

  test('marks the bytes of a field, and the field of a byte', async () => {
    await show(LogPanel, 9_000);
    selection.packet = await packetOf('publish');
    await settle();
    const topic = fieldCalled('Topic Name');
    topic.dispatchEvent(new MouseEvent('mouseenter'));
    await settle();
    const [start, end] = selection.bytes ?? [0, 0];
    const marked = document.querySelectorAll('.bytes .marked');
    expect(marked).toHaveLength(end - start);
    expect(marked[0]?.textContent).toBe('00');
    const bytes = document.querySelectorAll('.bytes > span');
    bytes[1]?.dispatchEvent(new MouseEvent('mouseenter'));
    await settle();
    expect(fieldCalled('Remaining Length').classList.contains('marked')).toBe(true);
    expect(topic.classList.contains('marked')).toBe(false);
    await key('.hex', 'ArrowLeft');
    expect(fieldCalled('Packet Type').classList.contains('marked')).toBe(true);
  });

  test('shows a payload as text and in hexadecimal', async () => {
    await show(LogPanel, 9_000);
    selection.packet = await packetOf('publish');
    await settle();
    const shown = text('pre');
    await press('hex');
    const bytes = [...shown].map((letter) => letter.charCodeAt(0).toString(16)).join(' ');
    expect(text('pre')).toBe(bytes);
  });

  test('says what a payload is that is no text', async () => {
    const publish = {
      command: 'publish',
      client: 'sensor',
      topic: 'x',
      payload: [0xff, 0xfe],
    } as const;
    player.seek(player.position.start + 9_000);
    player.fork();
    player.perform({ ...publish, payload: [...publish.payload] });
    player.advance(1_000);
    mounted = mount(LogPanel, { target: document.body, props: { player, selection } });
    await settle();
    selection.packet = await packetOf('publish', 'topic:x');
    await settle();
    expect(text('pre')).toBe('ff fe');
    await press('text');
    expect(text()).toContain('These bytes are no text.');
  });

  async function key(selector: string, name: string): Promise<void> {
    const event = new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true });
    document.querySelector(selector)?.dispatchEvent(event);
    await settle();
  }

  /** The first packet of a type that a filter lets through. */
  async function packetOf(type: string, filter = ''): Promise<number> {
    selection.filter = `type:${type} is:packet ${filter}`;
    await settle();
    document.querySelector<HTMLElement>('tbody tr')?.click();
    await settle();
    if (selection.packet === undefined) throw new Error('there is none');
    return selection.packet;
  }

  function fieldCalled(name: string): HTMLElement {
    const buttons = document.querySelectorAll<HTMLElement>('[aria-label="Fields"] button');
    const field = [...buttons].find((it) => it.querySelector('.name')?.textContent === name);
    if (field === undefined) throw new Error(`no field ${name}`);
    return field;
  }
});
