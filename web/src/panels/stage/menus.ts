import type { Command, NoticedBy } from 'afterlink-wasm';

import * as format from '../../engine/format';
import type { Player } from '../../engine/player.svelte';
import type { Ask } from '../../engine/selection.svelte';
import { t } from '../../strings';
import { item, type MenuItem, section } from '../../widgets/menu';
import type { Arrow } from './ladder';
import type { ClientHeadView } from './view';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
/** For how long the broker can be sent away. */
const DOWN_MS = [SECOND_MS, 20 * SECOND_MS, HOUR_MS] as const;
/** By how much the clock can be set on. */
const SKIP_MS = [10 * SECOND_MS, HOUR_MS, 24 * HOUR_MS] as const;
/** By how much a packet can be delayed. */
const DELAY_MS = [SECOND_MS, 10 * SECOND_MS] as const;
const NOTICED_BY: readonly NoticedBy[] = ['both', 'client', 'broker', 'nobody'];

/** Who learns at once that a link is cut. */
export function cutItems(player: Player, client: string): MenuItem[] {
  return [
    section(t('stage.cut.title')),
    ...NOTICED_BY.map((noticed_by) =>
      item(t(`stage.cut.${noticed_by}`), () =>
        player.perform({ command: 'cut', client, noticed_by }),
      ),
    ),
  ];
}

/** All of a client where one menu has room for: its session, itself and its link. */
export function allItems(
  player: Player,
  client: ClientHeadView,
  onlook: () => void,
  onask?: (ask: Ask) => void,
): MenuItem[] {
  const { name } = client;
  return [
    item(t('stage.menu.session'), onlook),
    ...(client.isCut
      ? [
          item(t('stage.link.restore', { client: name }), () =>
            player.perform({ command: 'restore', client: name }),
          ),
        ]
      : []),
    ...clientItems(player, client, onask),
    ...(client.canCut ? cutItems(player, name) : []),
  ];
}

/** What a client can do, and what can be done to it. */
export function clientItems(
  player: Player,
  client: ClientHeadView,
  onask?: (ask: Ask) => void,
): MenuItem[] {
  const { name, isFrozen, isOutside } = client;
  const perform = (text: string, command: Command, disabled = false): MenuItem =>
    item(text, () => player.perform(command), disabled);
  const isOffline = client.state === 'offline';
  const next = (direction: 'to_broker' | 'to_client', fault: 'drop' | 'hold'): Command => ({
    command: 'fault',
    target: { target: 'next', client: name, direction },
    fault: { fault },
  });
  const ask = (what: Exclude<Ask['what'], 'new_client'>, disabled = isFrozen): MenuItem[] =>
    onask === undefined
      ? []
      : [item(t(`stage.menu.ask.${what}`), () => onask({ what, client: name }), disabled)];
  const own: MenuItem[] = [
    section(t('stage.menu.section.application')),
    perform(
      t(isOffline ? 'stage.menu.connect' : 'stage.menu.reconnect'),
      { command: 'connect', client: name },
      isFrozen,
    ),
    perform(
      t('stage.menu.disconnect'),
      { command: 'disconnect', client: name },
      isFrozen || isOffline,
    ),
    ...ask('disconnect', isFrozen || isOffline),
    ...ask('subscribe'),
    ...ask('unsubscribe'),
    ...ask('publish'),
    ...ask('client'),
    section(t('stage.menu.section.client')),
    isFrozen
      ? perform(t('stage.menu.thaw'), { command: 'thaw', client: name })
      : perform(t('stage.menu.freeze'), { command: 'freeze', client: name }),
    perform(t('stage.menu.lose_state'), { command: 'lose_state', client: name }, isFrozen),
  ];
  return [
    ...(isOutside ? [section(t('stage.menu.section.outside'))] : own),
    section(t('stage.menu.section.link')),
    perform(t('stage.menu.drop_sent'), next('to_broker', 'drop')),
    perform(t('stage.menu.drop_received'), next('to_client', 'drop')),
    perform(t('stage.menu.hold_sent'), next('to_broker', 'hold')),
    perform(t('stage.menu.hold_received'), next('to_client', 'hold')),
  ];
}

/** What can be done to the broker. */
export function brokerItems(
  player: Player,
  isDown: boolean,
  onask?: (ask: Ask) => void,
): MenuItem[] {
  const restart = (down_ms: number, keep_records: boolean): MenuItem =>
    item(
      t('stage.menu.down', { time: format.duration(down_ms) }),
      () => player.perform({ command: 'restart_broker', down_ms, keep_records }),
      isDown,
    );
  const add =
    onask === undefined
      ? []
      : [item(t('stage.menu.add_client'), () => onask({ what: 'new_client' }))];
  return [
    ...add,
    section(t('stage.menu.section.keep')),
    ...DOWN_MS.map((ms) => restart(ms, true)),
    section(t('stage.menu.section.lose')),
    ...DOWN_MS.map((ms) => restart(ms, false)),
    section(t('stage.menu.skip.title')),
    ...SKIP_MS.map((ms) =>
      item(format.duration(ms), () => player.perform({ command: 'skip_clock', ms })),
    ),
  ];
}

/** What can be done to a packet. One that has arrived, or is lost, can only be looked at. */
export function packetItems(player: Player, arrow: Arrow, onselect: () => void): MenuItem[] {
  const target = { target: 'packet', packet: arrow.packet } as const;
  const show = item(t('stage.packet.select'), onselect);
  if (arrow.state === 'delivered' || arrow.state === 'lost') return [show];
  const fault = (fault: 'drop' | 'duplicate' | 'hold' | 'release'): MenuItem =>
    item(t(`stage.packet.${fault}`), () =>
      player.perform({ command: 'fault', target, fault: { fault } }),
    );
  return [
    show,
    fault('drop'),
    ...DELAY_MS.map((ms) =>
      item(t('stage.packet.delay', { time: format.duration(ms) }), () =>
        player.perform({ command: 'fault', target, fault: { fault: 'delay', ms } }),
      ),
    ),
    fault('duplicate'),
    fault(arrow.state === 'held' ? 'release' : 'hold'),
  ];
}
