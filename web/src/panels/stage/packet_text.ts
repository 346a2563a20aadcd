import type { Direction, PacketRow, PacketSummary, PacketType, QoS } from 'afterlink-wasm';

import { t } from '../../strings';

/** What a packet is for; packets of one family share a colour and a shape. */
export type Family = 'link' | 'publish' | 'ack' | 'qos2' | 'subscribe' | 'ping' | 'unknown';

/** What the stage says of a packet. */
export interface PacketText {
  packet: number;
  client: string;
  direction: Direction;
  sentAt: number;
  family: Family;
  /** The standard's name. */
  name: string;
  /** The Packet Identifier, if the packet has one. */
  identifier: number | undefined;
  /** QoS, DUP and RETAIN of a PUBLISH, as words. */
  flags: string[];
  /** What else matters most: the topic, the filter, a reason that is no success. */
  detail: string;
  duplicateOf: number | undefined;
}

const FAMILIES: Record<PacketType, Family> = {
  Connect: 'link',
  ConnAck: 'link',
  Disconnect: 'link',
  Auth: 'link',
  Publish: 'publish',
  PubAck: 'ack',
  PubRec: 'qos2',
  PubRel: 'qos2',
  PubComp: 'qos2',
  Subscribe: 'subscribe',
  SubAck: 'subscribe',
  Unsubscribe: 'subscribe',
  UnsubAck: 'subscribe',
  PingReq: 'ping',
  PingResp: 'ping',
};

/** The highest code that tells no more than success. */
const GRANTED_MAX = 2;

const QOS: Record<QoS, number> = { AtMostOnce: 0, AtLeastOnce: 1, ExactlyOnce: 2 };

export function familyOf(type: PacketType | undefined): Family {
  return type === undefined ? 'unknown' : FAMILIES[type];
}

/** A packet as the trace, or a link, tells of it. */
export type KnownPacket = Pick<
  PacketRow,
  'packet' | 'client' | 'direction' | 'version' | 'sent_at' | 'summary' | 'duplicate_of'
>;

/** Takes from a packet what the stage says of it. */
export function packetText(known: KnownPacket): PacketText {
  const { summary } = known;
  const type = summary.packet_type;
  return {
    packet: known.packet,
    client: known.client,
    direction: known.direction,
    sentAt: known.sent_at,
    family: familyOf(type),
    name: type === undefined ? t('stage.packet.unknown') : type.toUpperCase(),
    identifier: summary.packet_identifier,
    flags: flagsOf(summary),
    detail: detailOf(known),
    duplicateOf: known.duplicate_of,
  };
}

function flagsOf(summary: PacketSummary): string[] {
  const flags = summary.qos === undefined ? [] : [t('stage.packet.qos', { qos: QOS[summary.qos] })];
  if (summary.dup === true) flags.push(t('stage.packet.dup'));
  if (summary.retain === true) flags.push(t('stage.packet.retain'));
  return flags;
}

function detailOf({ summary, version }: KnownPacket): string {
  const { topic, filters, clean_start: isClean, session_present: isPresent } = summary;
  if (topic !== undefined) return topic === '' ? t('stage.packet.alias') : topic;
  if (filters.length > 0) return filters.join(', ');
  const telling = summary.reasons.filter(({ code }) => code > GRANTED_MAX);
  if (telling.length > 0) return telling.map(({ code, name }) => `${hex(code)} ${name}`).join(', ');
  if (isPresent === true) return t('stage.packet.session_present');
  if (isClean !== true) return '';
  return t(version === 'V5' ? 'stage.packet.clean_start' : 'stage.packet.clean_session');
}

/** A code as the standard writes it. */
function hex(code: number): string {
  return `0x${code.toString(16).toUpperCase().padStart(2, '0')}`;
}
