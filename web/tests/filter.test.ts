import { describe, expect, test } from 'vitest';

import { type Facts, type Fault, type Is, parse, quoted } from '../src/panels/log/filter';

function row(more: Partial<Omit<Facts, 'is'>> & { is?: Is[] } = {}): Facts {
  const facts = {
    text: 'publish\nsensor\nbroker\nhome/hall/light on',
    clients: ['sensor', 'device-7'],
    from: 'sensor',
    to: 'broker',
    type: 'publish',
    identifier: 12,
    packet: 4,
    qos: 1,
    topic: 'home/hall/light',
    reason: 'home/hall/light on',
    cause: undefined,
  };
  return { ...facts, ...more, is: new Set<Is>(more.is ?? ['packet']) };
}

function passes(filter: string, facts: Facts = row()): boolean {
  const parsed = parse(filter);
  if (typeof parsed !== 'function') throw new Error(JSON.stringify(parsed));
  return parsed(facts);
}

describe('the filter of the log', () => {
  test('lets everything through when it is empty', () => {
    expect(passes('')).toBe(true);
    expect(passes('   ')).toBe(true);
  });

  test('wants all plain words, in any case', () => {
    expect(passes('HALL sensor')).toBe(true);
    expect(passes('hall kitchen')).toBe(false);
  });

  test('finds a client by its name and by its identifier', () => {
    expect(passes('client:sens')).toBe(true);
    expect(passes('client:device-7')).toBe(true);
    expect(passes('client:display')).toBe(false);
  });

  test('tells CONNECT from CONNACK and from the event, and takes the beginning of a type', () => {
    const connack = row({ type: 'connack' });
    const connected = row({ type: 'connected' });
    expect(passes('type:connect', connack)).toBe(false);
    expect(passes('type:connect', connected)).toBe(false);
    expect(passes('type:conn', connack)).toBe(true);
    expect(passes('type:PUBLISH')).toBe(true);
  });

  test('takes alternatives between commas', () => {
    expect(passes('type:puback,publish')).toBe(true);
    expect(passes('id:1,12')).toBe(true);
    expect(passes('id:1,2')).toBe(false);
  });

  test('compares numbers as numbers', () => {
    expect(passes('id:12')).toBe(true);
    expect(passes('id:1')).toBe(false);
    expect(passes('id:012')).toBe(true);
    expect(passes('id:1', row({ identifier: undefined }))).toBe(false);
    expect(passes('qos:1 packet:4')).toBe(true);
  });

  test('asks what a row is', () => {
    const lost = row({ is: ['packet', 'lost'], cause: 'cut' });
    expect(passes('is:lost', lost)).toBe(true);
    expect(passes('is:lost')).toBe(false);
    expect(passes('is:lost,packet')).toBe(true);
    expect(passes('cause:cut', lost)).toBe(true);
  });

  test('turns a part round with a minus', () => {
    expect(passes('-kitchen')).toBe(true);
    expect(passes('-hall')).toBe(false);
    expect(passes('-is:lost type:publish')).toBe(true);
    expect(passes('-type:publish')).toBe(false);
    expect(passes('hall -')).toBe(true);
  });

  test('keeps a minus within a word', () => {
    expect(passes('client:device-7 hall-', row({ text: 'hall-way' }))).toBe(true);
  });

  test('holds together what stands in quotes', () => {
    expect(passes('"light on"')).toBe(true);
    expect(passes('"on light"')).toBe(false);
    expect(passes('topic:"home/hall"')).toBe(true);
    expect(passes('"is:lost"', row({ text: 'the word is:lost' }))).toBe(true);
    expect(passes('client:"a b,c"', row({ clients: ['a b,c'] }))).toBe(true);
  });

  test.each<[string, Fault]>([
    ['foo:1', { fault: 'unknown_key', key: 'foo' }],
    ['http://x', { fault: 'unknown_key', key: 'http' }],
    [':x', { fault: 'unknown_key', key: '' }],
    ['is:gone', { fault: 'unknown_is', value: 'gone' }],
    ['id:one', { fault: 'no_number', key: 'id', value: 'one' }],
    ['id:-1', { fault: 'no_number', key: 'id', value: '-1' }],
    ['client:', { fault: 'no_value', key: 'client' }],
    ['type:,', { fault: 'no_value', key: 'type' }],
    ['"open', { fault: 'open_quote' }],
  ])('says what is wrong with %s', (filter, fault) => {
    expect(parse(filter)).toEqual(fault);
  });

  test.each(['sensor', 'a b', 'a:b', '-x', 'a,b', 'ü', ''])(
    'finds the client %j by its quoted name',
    (name) => {
      expect(passes(`client:${quoted(name)}`, row({ clients: [name] }))).toBe(true);
    },
  );
});
