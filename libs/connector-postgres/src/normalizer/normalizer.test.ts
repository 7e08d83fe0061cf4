import type { SourceFact } from '@concord/connector-kit';
import { describe, expect, test } from 'vitest';
import { accountColumns, planOf, readRecorded } from '../testing/recorded.ts';
import type { RawRecord } from './debezium.ts';
import { PostgresNormalizer } from './normalizer.ts';

const accounts = planOf('accounts', accountColumns, { link: { field: 'sf_id', system: 'salesforce' } });
const audit = planOf('audit', { what: ['what', { kind: 'string' }, 'text'] });
const story = readRecorded('story');
/** The story ends with a TRUNCATE, which stops the source. */
const beforeTruncate = story.filter((record) => record.offset < 54n);

const create = (plans = [accounts, audit]) => new PostgresNormalizer({ system: 'pg', plans });

function line({ entity, change, recordId, links }: SourceFact): string {
  const { position, existence, nativeId, previousNativeId, echo, snapshot, values, complete, transaction } = change;
  const parts = [
    `${BigInt(`0x${position.slice(0, 16)}`)}:${Number.parseInt(position.slice(16), 16)}`,
    `${entity} ${previousNativeId === undefined ? '' : `${previousNativeId} → `}${nativeId} ${snapshot ? 'read' : existence}`,
    transaction,
    echo === null ? '' : `echo ${echo}`,
    recordId ?? '',
    links.map(({ system, nativeId: id }) => `${system}/${id}`).join(' '),
    `${Object.entries(values)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ')}${complete ? '' : ' …'}`,
  ];
  return parts.join(' | ').trimEnd();
}

describe('the normalizer, on a recorded stream', () => {
  test('tells the story', () => {
    const told = create().push(beforeTruncate);
    expect(told.facts.map(line)).toMatchInlineSnapshot(`
      [
        "80034752:0 | accounts 1 read | snapshot:80034752 |  |  |  | name=Acme code=null town=null amount=1.5 sf_id=null seen=2024-01-02T03:04:05Z",
        "80034752:0 | accounts 2 read | snapshot:80034752 |  |  |  | name=Bolt code=null town=null amount=null sf_id=null seen=null",
        "80034872:2 | accounts 1 exists | 1127 | echo 41 | r-1 |  | name=Acme Ltd code=null town=touch amount=1.5 sf_id=null seen=2024-01-02T03:04:05Z",
        "80034872:3 | accounts 1 exists | 1127 | echo 41 | r-1 |  | name=Acme Ltd code=TRG town=touch amount=1.5 sf_id=null seen=2024-01-02T03:04:05Z",
        "80034872:4 | audit 1 exists | 1127 |  |  |  | what=touched",
        "80034872:5 | accounts 11 exists | 1127 | echo 42 | r-new | salesforce/001A | name=New code=null town=null amount=null sf_id=001A seen=null",
        "80034872:6 | accounts 2 deleted | 1127 | echo 43 | r-2 |  |  …",
        "98716256:1 | accounts 1 exists | 1128 |  |  |  | name=Acme Ltd code=ab town=touch amount=-0.5 sf_id=null seen=2024-01-02T03:04:05Z",
        "98716256:3 | accounts 11 → 100 exists | 1128 |  |  | pg/11 salesforce/001A | name=New code=null town=null amount=null sf_id=001A seen=null",
        "98716256:4 | accounts 9007199254740993 exists | 1128 |  |  |  | name=Big code=null town=null amount=null sf_id=null seen=null",
        "98716784:1 | accounts 21 exists | 1130 |  |  |  | name=first committed code=null town=null amount=null sf_id=null seen=null",
        "98717120:1 | accounts 20 exists | 1129 |  |  |  | name=first written code=null town=null amount=null sf_id=null seen=null",
        "98717168:1 | accounts 1 exists | 1131 |  |  |  | name=Acme Ltd code=ab town=touch amount=-0.5 sf_id=null seen=2024-01-02T03:04:05Z",
        "98718304:0 | audit 1 read | snapshot:98718304 |  |  |  | what=touched",
      ]
    `);
    expect(told).toMatchObject({
      faults: [],
      halted: null,
      resumeOffset: 53n,
      echoes: 3,
      echoesMissing: 1,
      repetitions: 0,
    });
  });

  test('gives the same facts whatever the batches are', () => {
    const whole = create().push(beforeTruncate).facts;
    const normalizer = create();
    expect(beforeTruncate.flatMap((record) => normalizer.push([record]).facts)).toEqual(whole);
  });

  test('gives the same positions when reading resumes at any boundary', () => {
    const whole = create().push(beforeTruncate).facts;
    for (let cut = 1; cut < beforeTruncate.length; cut += 1) {
      const first = create().push(beforeTruncate.slice(0, cut));
      const resumed = create().push(beforeTruncate.filter(({ offset }) => offset >= (first.resumeOffset ?? 0n)));
      const handedOn = new Map([...first.facts, ...resumed.facts].map((fact) => [line(fact), fact]));
      expect([...handedOn.values()]).toEqual(whole);
    }
  });

  test('leaves out what the connector repeats', () => {
    const normalizer = create();
    normalizer.push(beforeTruncate);
    // The connector was rewound to the middle of the transaction of offsets 17 to 22.
    const again = normalizer.push(beforeTruncate.filter(({ offset }) => offset >= 21n && offset < 40n));
    expect(again).toMatchObject({ facts: [], halted: null, repetitions: 5 });
  });

  test('resumes behind an opening mark without taking its rows for new', () => {
    const facts = create().push(beforeTruncate.filter(({ offset }) => offset >= 10n && offset < 17n)).facts;
    const known = new Set(
      create()
        .push(beforeTruncate)
        .facts.map(({ change }) => change.position),
    );
    expect(facts.filter(({ change }) => !known.has(change.position))).toEqual([]);
  });

  test('stops at a TRUNCATE of a mapped table, before it', () => {
    const told = create().push(story);
    expect(told.halted).toMatchObject({
      code: 'ingest.truncated',
      message: expect.stringContaining('public.accounts'),
    });
    expect(told.facts).toHaveLength(create().push(beforeTruncate).facts.length);
    expect(told.resumeOffset).toBe(53n);
    expect(create([audit]).push(story).halted).toBeNull();
  });

  test('applies a filter: rows outside do not count, rows that leave it are gone', () => {
    const inEurope = create([planOf('accounts', accountColumns, { filter: { region: 'EU' } })]);
    const lines = inEurope.push(beforeTruncate).facts.map((fact) => line(fact).split(' | ').slice(0, 2).join(' '));
    expect(lines).toEqual([
      '80034752:0 accounts 1 read',
      '80034872:2 accounts 1 exists',
      '80034872:3 accounts 1 exists',
      '80034872:5 accounts 11 exists',
      '98716256:1 accounts 1 exists',
      '98716256:3 accounts 11 → 100 exists',
      '98717168:1 accounts 1 deleted',
    ]);
  });
});

describe('the normalizer, on streams that are not as they should be', () => {
  const at = (offset: number) => beforeTruncate.find((record) => record.offset === BigInt(offset)) as RawRecord;

  test.each([
    ['a bracket that is never closed', [7, 8, 9, 16], 'never closed'],
    ['the second half of a key change is missing', [17, 19, 22], 'second half'],
    ['a key change followed by another row', [17, 19, 21], 'second half'],
  ])('%s halts', (_, offsets, message) => {
    expect(create().push(offsets.map(at)).halted?.message).toContain(message);
  });

  test('an open mark within an open bracket is a repetition', () => {
    expect(create().push([7, 8, 9, 8].map(at))).toMatchObject({ repetitions: 1 });
  });

  test('a column that has gone is a fault of its rows alone', () => {
    const withMore = planOf('accounts', { ...accountColumns, tier: ['tier', { kind: 'string' }, 'text'] });
    const { faults, facts } = create([withMore, audit]).push(beforeTruncate);
    expect(faults[0]).toMatchObject({ offset: 0n, error: { code: 'ingest.schema_drift', reaction: 'park' } });
    expect(String(faults[0]?.error)).toContain('"tier"');
    expect(facts.map(({ entity }) => entity)).toEqual(['audit', 'accounts', 'audit']);
  });

  test('foreign records are faults', () => {
    const foreign = ['text', { op: 'x', source: {} }, { any: 1 }].map((value, index) => ({
      offset: BigInt(index),
      value,
      headers: {},
    }));
    const { faults, resumeOffset } = create().push(foreign);
    expect(faults.map(({ error }) => (error as { code: string }).code)).toEqual(
      Array.from({ length: 3 }, () => 'ingest.malformed'),
    );
    expect(resumeOffset).toBe(3n);
  });

  test('a log that has gone back stops the source', () => {
    const normalizer = create();
    normalizer.push(beforeTruncate);
    const { value, ...record } = at(18);
    const event = value as { source: { ts_ms: bigint } };
    const later = { ...event, source: { ...event.source, ts_ms: event.source.ts_ms + 3_600_000n } };
    expect(normalizer.push([{ ...record, value: later }]).halted).toMatchObject({ code: 'ingest.position_lost' });
  });

  test('a transaction of ours is held back up to its limit', () => {
    const normalizer = new PostgresNormalizer({ system: 'pg', plans: [accounts], bracketRowsMax: 2 });
    expect(normalizer.push(beforeTruncate).halted).toMatchObject({ code: 'ingest.bracket_too_large' });
  });
});
