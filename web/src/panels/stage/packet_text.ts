import type { Direction, PacketDetails, PacketFields, PacketType, QoS } from 'afterlink-wasm';

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

const QOS: Record<QoS, number> = { AtMostOnce: 0, AtLeastOnce: 1, ExactlyOnce: 2 };

export function familyOf(type: PacketType | undefined): Family {
  return type === undefined ? 'unknown' : FAMILIES[type];
}

/** Takes from a decoded packet what the stage says of it. */
export function packetText({ record, fields }: PacketDetails): PacketText {
  const { sent } = record;
  const type = sent.packet_type;
  return {
    packet: sent.packet,
    client: sent.client,
    direction: sent.direction,
    sentAt: record.sent_at,
    family: familyOf(type),
    name: type === undefined ? t('stage.packet.unknown') : type.toUpperCase(),
    identifier: identifierOf(fields),
    flags: flagsOf(fields),
    detail: detailOf(fields),
    duplicateOf: sent.duplicate_of,
  };
}

function identifierOf(fields: PacketFields | undefined): number | undefined {
  return fields !== undefined && 'packet_identifier' in fields ? fields.packet_identifier : undefined;
}

function flagsOf(fields: PacketFields | undefined): string[] {
  if (fields?.packet !== 'publish') return [];
  const flags = [t('stage.packet.qos', { qos: QOS[fields.qos] })];
  if (fields.dup) flags.push(t('stage.packet.dup'));
  if (fields.retain) flags.push(t('stage.packet.retain'));
  return flags;
}

function detailOf(fields: PacketFields | undefined): string {
  if (fields === undefined) return '';
  switch (fields.packet) {
    case 'connect': {
      const key = fields.version === 'V5' ? 'stage.packet.clean_start' : 'stage.packet.clean_session';
      return fields.clean_start ? t(key) : '';
    }
    case 'conn_ack':
      if (fields.reason_code !== 0) return reason([fields.reason_code]);
      return fields.session_present ? t('stage.packet.session_present') : '';
    case 'publish':
      return fields.topic === '' ? t('stage.packet.alias') : fields.topic;
    case 'subscribe':
      return fields.filters.map(([filter]) => filter).join(', ');
    case 'unsubscribe':
      return fields.filters.join(', ');
    case 'sub_ack':
    case 'unsub_ack':
      return reason(fields.reason_codes);
    case 'ping_req':
    case 'ping_resp':
      return '';
    default:
      return reason([fields.reason_code]);
  }
}

/** The codes that tell more than success, as the standard writes them. */
function reason(codes: readonly number[]): string {
  const telling = codes.filter((code) => code > 2);
  return telling.map((code) => `0x${code.toString(16).toUpperCase().padStart(2, '0')}`).join(' ');
}
