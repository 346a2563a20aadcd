import type { BrokerEvent, ClientEvent, Command, Entry } from 'afterlink-wasm';

import * as format from '../../engine/format';
import { t } from '../../strings';
import { timerText } from '../clock/timer_text';

/** The lane of the broker; a client has a name. */
export const BROKER = '';

/** How a mark is meant; its words say it too. */
export type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'timer';

/** A change of state, to be marked on a lane. */
export interface MarkText {
  lane: string;
  tone: Tone;
  text: string;
}

type BrokerEntry = { entry: 'broker' } & BrokerEvent;

/** The mark of an entry; absent for what arrows show, or what is no change of state. */
export function markText(entry: Pick<Entry, 'number' | 'what'>): MarkText | undefined {
  const { what } = entry;
  switch (what.entry) {
    case 'broker':
      return ofBroker(what);
    case 'client':
      return ofClient(what.client, what.event);
    case 'timer':
      if (what.party === 'broker' && what.reason.timer === 'work') return undefined;
      return {
        lane: what.party === 'client' ? what.client : BROKER,
        tone: 'timer',
        text: t('stage.mark.timer', { timer: timerText(what) }),
      };
    case 'link_cut':
      return { lane: what.client, tone: 'bad', text: t('stage.mark.link_cut') };
    case 'link_restored':
      return { lane: what.client, tone: 'good', text: t('stage.mark.link_restored') };
    case 'link_closed':
      if (what.cause !== 'refused') return undefined;
      return {
        lane: BROKER,
        tone: 'bad',
        text: t('stage.mark.nobody_listens', { client: what.client }),
      };
    case 'commanded':
      return ofCommand(what.command, what.refused !== undefined && t(`refusal.${what.refused}`));
    case 'broker_stopped':
      return { lane: BROKER, tone: 'bad', text: t('stage.mark.broker_stopped') };
    case 'broker_started':
      if (entry.number === 0) return undefined;
      return {
        lane: BROKER,
        tone: 'good',
        text: t('stage.mark.broker_started', { records: what.records }),
      };
    default:
      return undefined;
  }
}

function ofBroker(event: BrokerEntry): MarkText | undefined {
  const mark = (tone: Tone, text: string): MarkText => ({ lane: BROKER, tone, text });
  switch (event.event) {
    case 'session_started':
      return mark('good', t('stage.mark.session_started', { client: event.client_identifier }));
    case 'session_ended': {
      const values = { client: event.client_identifier };
      return mark('bad', t(`stage.mark.session_ended.${event.reason}`, values));
    }
    case 'connected':
      if (!event.session_present) return undefined;
      return mark('good', t('stage.mark.session_resumed', { client: event.client_identifier }));
    case 'disconnected': {
      if (event.client_identifier === undefined) return undefined;
      const values = { client: event.client_identifier };
      if (event.reason === 'network') return mark('warn', t('stage.mark.connection_lost', values));
      return 'broker' in event.reason
        ? mark('warn', t('stage.mark.broker_ended', values))
        : undefined;
    }
    case 'will_published':
      return mark('warn', t('stage.mark.will_published', { client: event.client_identifier }));
    case 'will_cancelled':
      return mark('plain', t('stage.mark.will_cancelled', { client: event.client_identifier }));
    case 'message_queued':
      return mark('plain', t('stage.mark.queued', { client: event.client_identifier }));
    case 'message_dropped': {
      const values = { client: event.client_identifier ?? t('stage.mark.a_group') };
      return mark('bad', t(`stage.mark.dropped.${event.cause}`, values));
    }
    default:
      return undefined;
  }
}

function ofClient(client: string, event: ClientEvent): MarkText | undefined {
  const mark = (tone: Tone, text: string): MarkText => ({ lane: client, tone, text });
  if ('ConnectionRefused' in event) return mark('bad', t('stage.mark.refused'));
  if ('SessionDiscarded' in event) {
    return mark('warn', t(`stage.mark.discarded.${event.SessionDiscarded.cause}`));
  }
  if ('PublishDropped' in event) return mark('bad', t('stage.mark.publish_dropped'));
  if ('CommandRefused' in event) {
    return mark(
      'bad',
      t('stage.mark.command_refused', { reason: words(event.CommandRefused.refusal) }),
    );
  }
  if ('Unexpected' in event) return mark('warn', t('stage.mark.unexpected'));
  if ('RequestUnanswered' in event) return mark('warn', t('stage.mark.unanswered'));
  if (!('Disconnected' in event) || event.Disconnected === 'Requested') return undefined;
  const cause = event.Disconnected;
  if (typeof cause === 'string') return mark('warn', t(`stage.mark.lost.${cause}`));
  return mark(
    'warn',
    t('Server' in cause ? 'stage.mark.lost.Server' : 'stage.mark.lost.ServerFault'),
  );
}

function ofCommand(command: Command, refused: string | false): MarkText | undefined {
  const lane = 'client' in command ? command.client : BROKER;
  if (refused !== false)
    return { lane, tone: 'bad', text: t('stage.mark.command_refused', { reason: refused }) };
  switch (command.command) {
    case 'freeze':
      return { lane, tone: 'warn', text: t('stage.mark.frozen') };
    case 'thaw':
      return { lane, tone: 'good', text: t('stage.mark.thawed') };
    case 'skip_clock':
      return {
        lane,
        tone: 'plain',
        text: t('stage.mark.skipped', { time: format.duration(command.ms) }),
      };
    case 'operate':
      return { lane, tone: 'plain', text: t(`stage.mark.operator.${command.request.command}`) };
    default:
      return undefined;
  }
}

/** A name of the engine in words: `TopicNameInvalid` as `topic name invalid`. */
function words(name: string): string {
  return name.replace(/(?!^)([A-Z])/g, ' $1').toLowerCase();
}
