import type {
  BrokerEvent,
  ClientEvent,
  ClientTimer,
  Command,
  DisconnectReason,
  OperatorCommand,
  NamedReason,
  PacketSummary,
  PacketType,
  SentPacket,
  TimerFired,
} from 'afterlink-wasm';

import * as format from '../../engine/format';
import type { Row } from '../../engine/journal';
import { hexadecimal, level } from '../../engine/wire';
import { t } from '../../strings';

/** Packets that look alike, and what is no packet. */
export type Family =
  'link' | 'publish' | 'ack' | 'qos2' | 'subscribe' | 'ping' | 'event' | 'command' | 'timer';

/** What a row says, but for what became of its packet. */
export interface Cells {
  family: Family;
  /** In lower case, for the filter. */
  type: string;
  title: string;
  from: string;
  to: string;
  /** Names and identifiers of the client it is about. */
  clients: string[];
  packet?: number;
  identifier?: number;
  dup?: boolean;
  qos?: number;
  retain?: boolean;
  topic?: string;
  cause?: string;
  /** What it carries, or why. */
  detail: string;
}

const FAMILIES: Record<PacketType, Family> = {
  Connect: 'link',
  ConnAck: 'link',
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
  Disconnect: 'link',
  Auth: 'link',
};

/** What a row says. */
export function cellsOf(row: Row): Cells {
  const what = row.what;
  switch (what.entry) {
    case 'commanded': {
      const refused = what.refused === undefined ? '' : `: ${t(`refusal.${what.refused}`)}`;
      return ofCommand(what.command, refused);
    }
    case 'packet_sent':
      return ofPacket(what, row.summary);
    case 'broker':
      return ofEvent(what);
    case 'client':
      return ofClientEvent(what.client, what.event);
    case 'timer':
      return ofTimer(what);
    case 'link_opened':
    case 'link_cut':
    case 'link_restored':
      return event(what.entry, what.client, '', what.client);
    case 'link_closed': {
      const side = what.side === 'client' ? what.client : t('log.broker');
      return event(what.entry, side, t(`log.close.${what.cause}`), what.client);
    }
    case 'persisted':
      return event(what.entry, t('log.store'), t('log.records', { count: what.upto }));
    case 'broker_stopped':
      return event(what.entry, t('log.broker'), t('log.records_lost', { count: what.unpersisted }));
    case 'broker_started':
      return event(what.entry, t('log.broker'), t('log.records', { count: what.records }));
    default:
      // What tells of a packet on its way has no row.
      return event('link_opened', '', '');
  }
}

type EventKey =
  | 'link_opened'
  | 'link_cut'
  | 'link_restored'
  | 'link_closed'
  | 'persisted'
  | 'broker_stopped'
  | 'broker_started'
  | BrokerEvent['event'];

function event(type: EventKey, from: string, detail: string, client?: string): Cells {
  const title = t(`log.event.${type}`);
  return {
    family: 'event',
    type,
    title,
    from,
    to: '',
    clients: client === undefined ? [] : [client],
    detail,
  };
}

function ofPacket(sent: SentPacket, summary: PacketSummary | undefined): Cells {
  const [from, to] =
    sent.direction === 'to_broker'
      ? [sent.client, t('log.broker')]
      : [t('log.broker'), sent.client];
  const type = sent.packet_type;
  return {
    family: type === undefined ? 'event' : FAMILIES[type],
    type: type?.toLowerCase() ?? 'bytes',
    title: type?.toUpperCase() ?? t('log.bytes'),
    from,
    to,
    clients: [sent.client],
    packet: sent.packet,
    detail: '',
    ...(summary === undefined ? {} : ofSummary(summary, sent.bytes)),
  };
}

function ofSummary(summary: PacketSummary, bytes: number[]): Partial<Cells> {
  const { dup, retain, filters, fault } = summary;
  const topic = summary.topic ?? (filters.length > 0 ? filters.join(' ') : undefined);
  return {
    ...(summary.packet_identifier === undefined ? {} : { identifier: summary.packet_identifier }),
    ...(dup === undefined ? {} : { dup }),
    ...(summary.qos === undefined ? {} : { qos: level(summary.qos) }),
    ...(retain === undefined ? {} : { retain }),
    ...(topic === undefined ? {} : { topic }),
    detail: fault ?? contents(summary, bytes).join(', '),
  };
}

/** What tells a packet from others of its type. */
function contents(summary: PacketSummary, bytes: number[]): string[] {
  const parts: string[] = [];
  const { client_identifier, clean_start, session_present, topic, topic_alias, payload_bytes } =
    summary;
  if (client_identifier !== undefined) parts.push(client_identifier || t('log.no_identifier'));
  if (clean_start !== undefined)
    parts.push(t(clean_start ? 'log.clean_start' : 'log.no_clean_start'));
  parts.push(...summary.reasons.map(reasonText));
  if (session_present !== undefined) {
    parts.push(t(session_present ? 'log.session_present' : 'log.no_session_present'));
  }
  if (topic !== undefined) {
    const alias = topic_alias === undefined ? '' : t('log.alias', { alias: topic_alias });
    // The payload is what a PUBLISH ends with.
    const content =
      payload_bytes === undefined || payload_bytes === 0 ? [] : bytes.slice(-payload_bytes);
    parts.push(
      [topic, alias, format.payload(content, 60)].filter((part) => part !== '').join('  '),
    );
  }
  return [...parts, ...summary.filters];
}

function reasonText({ code, name }: NamedReason): string {
  return `${hexadecimal(code)} ${name}`;
}

function ofEvent(what: BrokerEvent): Cells {
  const client = 'client_identifier' in what ? what.client_identifier : undefined;
  const cells = (detail: string, more: Partial<Cells> = {}): Cells => ({
    ...event(what.event, t('log.broker'), [client, detail].filter(Boolean).join(', '), client),
    ...more,
  });
  switch (what.event) {
    case 'connected':
      return cells(t(what.session_present ? 'log.session_present' : 'log.no_session_present'));
    case 'disconnected':
      return cells(ofDisconnect(what.reason));
    case 'session_started':
    case 'will_published':
      return cells('');
    case 'session_ended':
      return cells(t(`log.session_end.${what.reason}`), { cause: what.reason });
    case 'will_cancelled':
      return cells(t(`log.will_cancelled.${what.reason}`), { cause: what.reason });
    case 'subscribed':
      return cells(`${what.filter} ${t('log.qos', { qos: level(what.qos) })}`, {
        topic: what.filter,
      });
    case 'unsubscribed':
      return cells(what.filter, { topic: what.filter });
    case 'message_queued':
      return cells(t('log.arrival', { arrival: what.arrival }));
    case 'message_sent':
      return cells(t(what.dup ? 'log.arrival_again' : 'log.arrival', { arrival: what.arrival }), {
        dup: what.dup,
        ...(what.packet_identifier === undefined ? {} : { identifier: what.packet_identifier }),
      });
    case 'message_acknowledged':
      return cells(hexadecimal(what.reason_code), { identifier: what.packet_identifier });
    case 'message_dropped':
      return cells(`${t(`log.drop.${what.cause}`)}: ${what.topic}`, {
        topic: what.topic,
        cause: what.cause,
      });
  }
}

function ofDisconnect(reason: DisconnectReason): string {
  if (reason === 'network') return t('log.disconnect.network');
  if ('client' in reason)
    return t('log.disconnect.client', { code: hexadecimal(reason.client.reason_code) });
  if ('broker' in reason)
    return t('log.disconnect.broker', { code: hexadecimal(reason.broker.reason_code) });
  return t('log.disconnect.refused', { code: hexadecimal(reason.refused.reason_code) });
}

type ClientEventName = ClientEvent extends infer E ? (E extends unknown ? keyof E : never) : never;

function ofClientEvent(client: string, what: ClientEvent): Cells {
  const name = Object.keys(what)[0] as ClientEventName;
  const cells: Cells = {
    family: 'event',
    type: name.toLowerCase(),
    title: t(`log.client.${name}`),
    from: client,
    to: '',
    clients: [client],
    detail: '',
  };
  if ('Message' in what) {
    const { topic, payload, dup, qos, retain, packet_identifier: identifier } = what.Message;
    const detail = `${topic}  ${format.payload(payload, 60)}`;
    return {
      ...cells,
      topic,
      dup,
      retain,
      qos: level(qos),
      detail,
      ...(identifier === undefined ? {} : { identifier }),
    };
  }
  if ('Repeat' in what) {
    const { dup, qos, packet_identifier: identifier } = what.Repeat;
    return { ...cells, dup, qos: level(qos), identifier };
  }
  if ('SessionDiscarded' in what)
    return { ...cells, detail: t(`log.discard.${what.SessionDiscarded.cause}`) };
  if ('Disconnected' in what) {
    const cause = what.Disconnected;
    const key = typeof cause === 'string' ? cause : 'Server' in cause ? 'Server' : 'ServerFault';
    return { ...cells, detail: t(`log.cause.${key}`) };
  }
  if ('Connected' in what) {
    const present = t(
      what.Connected.session_present ? 'log.session_present' : 'log.no_session_present',
    );
    return { ...cells, detail: present };
  }
  if ('ConnectionRefused' in what)
    return { ...cells, detail: hexadecimal(what.ConnectionRefused.reason.code) };
  if ('Published' in what) {
    const { packet_identifier: identifier, reason } = what.Published;
    return {
      ...cells,
      detail: hexadecimal(reason.code),
      ...(identifier === undefined ? {} : { identifier }),
    };
  }
  if ('Subscribed' in what || 'Unsubscribed' in what) {
    const { packet_identifier, reason_codes } =
      'Subscribed' in what ? what.Subscribed : what.Unsubscribed;
    return {
      ...cells,
      identifier: packet_identifier,
      detail: reason_codes.map(hexadecimal).join(', '),
    };
  }
  if ('PublishDropped' in what) return { ...cells, detail: what.PublishDropped.refusal };
  if ('CommandRefused' in what) return { ...cells, detail: what.CommandRefused.refusal };
  return cells;
}

function ofTimer(fired: TimerFired): Cells {
  const [from, key, client] =
    fired.party === 'client'
      ? [fired.client, fired.reason satisfies ClientTimer, fired.client]
      : [
          t('log.broker'),
          fired.reason.timer,
          'client_identifier' in fired.reason ? fired.reason.client_identifier : undefined,
        ];
  const detail = fired.party === 'client' ? '' : (client ?? '');
  const clients = client === undefined ? [] : [client];
  return {
    family: 'timer',
    type: 'timer',
    title: t(`log.timer.${key}`),
    from,
    to: '',
    clients,
    detail,
  };
}

function ofCommand(command: Command, refused: string): Cells {
  const client =
    'client' in command
      ? command.client
      : command.command === 'set_client'
        ? command.definition.name
        : command.command === 'fault' && command.target.target !== 'packet'
          ? command.target.client
          : '';
  const cells: Cells = {
    family: 'command',
    type: `command_${command.command}`,
    title: t(`log.command.${command.command}`),
    from: t('log.you'),
    to: client,
    clients: client === '' ? [] : [client],
    detail: refused,
  };
  switch (command.command) {
    case 'publish':
      return { ...cells, topic: command.topic, detail: command.topic + refused };
    case 'subscribe': {
      const topic = command.filters.map(({ filter }) => filter).join(', ');
      return { ...cells, topic, detail: topic + refused };
    }
    case 'unsubscribe': {
      const topic = command.filters.join(', ');
      return { ...cells, topic, detail: topic + refused };
    }
    case 'acknowledge':
      return { ...cells, identifier: command.packet_identifier };
    case 'fault': {
      const of = command.target.target === 'packet' ? ` #${command.target.packet}` : '';
      return { ...cells, detail: t(`log.fault.${command.fault.fault}`) + of + refused };
    }
    case 'skip_clock':
      return { ...cells, detail: format.duration(command.ms) + refused };
    case 'operate':
      return { ...cells, ...ofOperator(command.request), to: t('log.broker') };
    default:
      return cells;
  }
}

function ofOperator(request: OperatorCommand): Partial<Cells> {
  const client = 'client_identifier' in request ? request.client_identifier : '';
  const detail = [t(`log.operate.${request.command}`), client]
    .filter((part) => part !== '')
    .join(' ');
  return { detail, clients: client === '' ? [] : [client] };
}
