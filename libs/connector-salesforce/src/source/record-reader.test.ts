import { describe, expect, it } from 'vitest';
import { bindPlans, type EntityBinding } from '../normalize/binding.ts';
import { SalesforceRest } from '../rest/rest-client.ts';
import { FakeOrg } from '../testing/fake-org.ts';
import { accountPlan } from '../testing/plans.ts';
import { FakeTiming } from '../testing/timing.ts';
import { RecordReader } from './record-reader.ts';

function setup() {
  const org = new FakeOrg();
  const timing = new FakeTiming();
  const bindings = bindPlans([accountPlan()], 'salesforce') as [EntityBinding];
  return { org, timing, bindings, reader: new RecordReader(new SalesforceRest(org), timing, bindings) };
}
const SECOND = Date.parse('2026-05-01T10:00:00Z');

describe('reading records', () => {
  it('a settled row stands for its whole second', async () => {
    const { org, reader } = setup();
    const { Id } = org.add({});
    org.asOf = SECOND + 1000;
    expect((await reader.read(new Map([[Id, 0]]))).get(Id)).toMatchObject({ at: SECOND + 999, isDeleted: false });
    expect(org.calls).toHaveLength(1);
  });

  it('a row read within its second is read again', async () => {
    const { org, timing, reader } = setup();
    const { Id } = org.add({});
    org.asOf = SECOND + 300;
    timing.sleep = async (delayMs) => void (org.asOf += delayMs);
    expect((await reader.read(new Map([[Id, 0]]))).get(Id)?.at).toBe(SECOND + 999);
    expect(org.calls).toHaveLength(2);
  });

  it('a record that never rests is taken as of the second before', async () => {
    const { org, timing, reader } = setup();
    const { Id } = org.add({});
    org.asOf = SECOND;
    expect((await reader.read(new Map([[Id, 0]]))).get(Id)?.at).toBe(SECOND - 1);
    expect(timing.sleeps).toHaveLength(4);
  });

  it('a row stands at least for the event because of which it is read', async () => {
    const { org, timing, reader } = setup();
    const { Id } = org.add({});
    org.asOf = SECOND + 5400;
    timing.sleep = async (delayMs) => void (org.asOf += delayMs);
    expect((await reader.read(new Map([[Id, SECOND + 5000]]))).get(Id)?.at).toBe(SECOND + 5999);
    expect(org.calls).toHaveLength(2);
  });

  it('tells deleted and vanished records', async () => {
    const { org, reader } = setup();
    const { Id } = org.add({ IsDeleted: true });
    const records = await reader.read(
      new Map([
        [Id, 0],
        ['001000000000999AAA', 0],
      ]),
    );
    expect(records.get(Id)).toMatchObject({ isDeleted: true, at: SECOND + 999 });
    expect(records.get('001000000000999AAA')).toEqual({
      nativeId: '001000000000999AAA',
      row: null,
      isDeleted: true,
      at: org.asOf + 1000,
    });
  });

  it('reads many records in calls of 200', async () => {
    const { org, reader } = setup();
    const ids = Array.from({ length: 450 }, () => org.add({}).Id);
    expect((await reader.read(new Map(ids.map((id) => [id, 0])))).size).toBe(450);
    expect(org.calls).toHaveLength(3);
  });

  it('pages through an object, ranges joined', async () => {
    const { org, reader, bindings } = setup();
    const ids = Array.from({ length: 4000 }, () => org.add({}).Id);
    const pages = [];
    for await (const { records, after, upTo } of reader.pages(bindings[0])) pages.push([records.length, after, upTo]);
    expect(pages).toEqual([
      [2000, '', ids[1999]],
      [2000, ids[1999], ids[3999]],
      [0, ids[3999], null],
    ]);
  });
});
