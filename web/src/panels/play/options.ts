import '../../strings/form';
import '../../strings/play';
import type { ProtocolVersion, QoS } from 'afterlink-wasm';

import { type Key, t } from '../../strings';

const QOS: readonly QoS[] = ['AtMostOnce', 'AtLeastOnce', 'ExactlyOnce'];
const VERSIONS: readonly ProtocolVersion[] = ['V5', 'V3_1_1', 'V3_1'];

/** The choices of a select, each with its text. */
export function choices<T extends string>(
  values: readonly T[],
  key: (value: T) => Key,
): { value: T; text: string }[] {
  return values.map((value) => ({ value, text: t(key(value)) }));
}

export const qosChoices = (): { value: QoS; text: string }[] =>
  choices(QOS, (value) => `qos.${value}`);

export const versionChoices = (): { value: ProtocolVersion; text: string }[] =>
  choices(VERSIONS, (value) => `lessons.protocol.${value}`);
