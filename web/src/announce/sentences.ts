import type { Report } from '../engine/news';
import { BROKER, markText } from '../panels/stage/mark_text';
import { packetText } from '../panels/stage/packet_text';
import { packetWords, wayWords } from '../panels/stage/words';
import { t } from '../strings';

/**
 * What there is to say of a report: changes of state, and a packet that has arrived if it is the
 * only one, as when time goes on by steps.
 */
export function sentences({ rows, arrived }: Report, isStep: boolean): string[] {
  const said: string[] = [];
  const [first] = arrived;
  if (isStep && arrived.length === 1 && first?.what.entry === 'packet_sent' && first.summary) {
    const text = packetText({ ...first.what, sent_at: first.at, summary: first.summary });
    said.push(t('announce.arrived', { packet: packetWords(text), way: wayWords(text) }));
  }
  for (const row of rows) {
    if (row.what.entry === 'broker' && row.what.event === 'message_queued') continue;
    const mark = markText(row);
    if (mark === undefined) continue;
    said.push(
      mark.lane === BROKER ? mark.text : t('announce.of', { lane: mark.lane, text: mark.text }),
    );
  }
  return said;
}
