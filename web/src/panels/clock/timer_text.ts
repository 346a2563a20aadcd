import type { ClientTimer, TimerFired } from 'afterlink-wasm';

import { t } from '../../strings';

const CLIENT_TIMERS: Record<
  ClientTimer,
  'clock.timer.conn_ack' | 'clock.timer.ping' | 'clock.timer.ping_resp'
> = {
  ConnAck: 'clock.timer.conn_ack',
  KeepAlive: 'clock.timer.ping',
  PingResp: 'clock.timer.ping_resp',
};

/** What a timer is for, as the end of "next: ..." and "timer: ...". */
export function timerText(timer: TimerFired): string {
  if (timer.party === 'client') return t(CLIENT_TIMERS[timer.reason], { client: timer.client });
  const { reason } = timer;
  switch (reason.timer) {
    case 'connect_deadline':
    case 'refuse_deadline':
      return t(`clock.timer.${reason.timer}`, { connection: reason.connection });
    case 'keep_alive':
    case 'unread_answers':
    case 'message_expiry':
    case 'will_delay':
    case 'session_expiry':
      return t(`clock.timer.${reason.timer}`, { client: reason.client_identifier });
    case 'group_message_expiry':
      return t('clock.timer.group_message_expiry', { group: reason.group.share_name });
    case 'retained_expiry':
    case 'work':
      return t(`clock.timer.${reason.timer}`);
  }
}
