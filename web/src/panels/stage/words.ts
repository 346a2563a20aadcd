import * as format from '../../engine/format';
import { t } from '../../strings';
import type { Arrow, Mark } from './ladder';
import { BROKER } from './mark_text';
import type { PacketText } from './packet_text';

const HOUR_MS = 3_600_000;

/** A moment, since the start: `00:01.250`, with hours once there are some: `3:00:01.250`. */
export function time(ms: number): string {
  const clock = format.clock(Math.max(ms, 0));
  return ms < HOUR_MS ? clock.slice(3) : clock.replace(/^0(?=\d:)/, '');
}

/** A lane as a person calls it. */
export function laneName(lane: string): string {
  return lane === BROKER ? t('stage.broker') : lane;
}

/** What can be said of a packet itself: `PUBLISH, packet id 3, QoS 1, DUP, sensors/a`. */
export function packetWords(text: PacketText): string {
  const identifier =
    text.identifier === undefined
      ? []
      : [t('stage.packet.identifier', { identifier: text.identifier })];
  const copy = text.duplicateOf === undefined ? [] : [t('stage.packet.copy')];
  const detail = text.detail === '' ? [] : [text.detail];
  return [text.name, ...identifier, ...text.flags, ...copy, ...detail].join(', ');
}

/** From whom to whom. */
export function wayWords({ direction, client }: PacketText): string {
  const [from, to] = direction === 'to_broker' ? [client, BROKER] : [BROKER, client];
  return t('stage.packet.way', { from: laneName(from), to: laneName(to) });
}

/** What has become of a packet. */
export function fateWords(arrow: Arrow, start: number): string {
  const words = [outcome(arrow, start)];
  if (arrow.isDelayed) words.push(t('stage.packet.delayed'));
  if (arrow.wasHeld && arrow.state !== 'held') words.push(t('stage.packet.held'));
  if (arrow.handed === 'message') words.push(t('stage.packet.handed'));
  if (arrow.handed === 'repeat') words.push(t('stage.packet.repeat'));
  return words.join(', ');
}

function outcome(arrow: Arrow, start: number): string {
  const passed = format.duration((arrow.endsAt ?? arrow.text.sentAt) - arrow.text.sentAt);
  switch (arrow.state) {
    case 'delivered':
      return t('stage.packet.delivered', { time: passed });
    case 'lost':
      return t(`stage.packet.lost.${arrow.cause ?? 'dropped'}`);
    case 'flying':
      return t('stage.packet.flying', { time: time((arrow.endsAt ?? start) - start) });
    case 'held':
      return t('stage.packet.held');
    case 'stuck':
      return t(arrow.isCut ? 'stage.packet.cut' : 'stage.packet.waits');
  }
}

/** A mark with how often it stands for the same. */
export function markWords({ text, count }: Mark): string {
  return count === 1 ? text : t('stage.mark.count', { count, text });
}
