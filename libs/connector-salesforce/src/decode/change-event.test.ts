import { describe, expect, it } from 'vitest';
import { accountEvent, accountSchemaJson, bits, type AccountHeader } from '../testing/account-events.ts';
import { decodeEvent, type RawChange } from './change-event.ts';
import { compileEventSchema } from './event-schema.ts';

const schema = compileEventSchema('schema-1', accountSchemaJson);

function changeOf(header: Partial<AccountHeader>, body: Record<string, unknown> = {}): RawChange {
  const decoded = decodeEvent(accountEvent(header, body), schema);
  if (decoded.kind !== 'changes') throw new Error(`decoded to ${decoded.kind}`);
  return decoded.changes[0] as RawChange;
}

const contents = ({ values, unresolved, needsReread }: RawChange) => ({
  values: Object.fromEntries(values),
  unresolved: [...unresolved],
  needsReread,
});
const nothing = { values: {}, unresolved: [], needsReread: true };

describe('change events', () => {
  it('an update carries the fields its bitmaps name, and no others', () => {
    const change = changeOf(
      { changedFields: [bits(1, 4, 5)], nulledFields: [bits(4)] },
      { Name: 'Acme', Type: 'enriched, not changed', LastModifiedDate: 1_777_629_600_000 },
    );
    expect(contents(change)).toEqual({
      values: { Name: 'Acme', AnnualRevenue: null, LastModifiedDate: 1_777_629_600_000n },
      unresolved: [],
      needsReread: false,
    });
  });

  it('a bitmap may name children of a compound field only', () => {
    const change = changeOf({ changedFields: ['6-0x0180'] }, { ShippingAddress: { Latitude: 47.5, Longitude: 8.5 } });
    expect(contents(change).values).toEqual({ ShippingLatitude: 47.5, ShippingLongitude: 8.5 });
  });

  it('a child that was set to null is null under its REST name', () => {
    const change = changeOf(
      { changedFields: ['3-0x03'], nulledFields: ['3-0x01'] },
      { BillingAddress: { Street: null, City: 'Bern' } },
    );
    expect(contents(change).values).toEqual({ BillingStreet: null, BillingCity: 'Bern' });
  });

  it('a compound field set to null as a whole nulls its children', () => {
    const { values } = contents(changeOf({ changedFields: [bits(3)], nulledFields: [bits(3)] }));
    expect(Object.keys(values)).toHaveLength(9);
    expect(new Set(Object.values(values))).toEqual(new Set([null]));
    expect(values).toHaveProperty('BillingPostalCode', null);
  });

  it('a field that changed but has no value in the event is left open', () => {
    expect(contents(changeOf({ changedFields: [bits(2)] }))).toEqual({
      values: {},
      unresolved: ['Type'],
      needsReread: false,
    });
  });

  it('a text diff is left open', () => {
    const change = changeOf({ changedFields: [bits(7)], diffFields: [bits(7)] }, { Description: '--- \n+++ 0a\n' });
    expect(contents(change)).toEqual({ values: {}, unresolved: ['Description'], needsReread: false });
  });

  it.each([
    ['an update without changed fields', { changedFields: [] }],
    ['a bitmap beyond the schema', { changedFields: [bits(40)] }],
    ['a nested bitmap of a plain field', { changedFields: ['2-0x01'] }],
    ['a garbled bitmap', { changedFields: ['?'] }],
    ['a gap event', { changeType: 'GAP_UPDATE' }],
  ])('%s only tells that the record changed', (_, header) => {
    expect(contents(changeOf(header))).toEqual(nothing);
  });

  it('a create is the whole record: what is absent is null', () => {
    const change = changeOf({ changeType: 'CREATE' }, { Name: 'Acme', BillingAddress: { City: 'Bern' } });
    expect(change.kind).toBe('create');
    expect(contents(change).values).toMatchObject({
      Name: 'Acme',
      Type: null,
      BillingCity: 'Bern',
      ShippingCity: null,
    });
  });

  it('the full name of a person has to be read, its parts do not', () => {
    const change = changeOf({ changeType: 'CREATE' }, { Name: { FirstName: 'Ada', LastName: 'Lovelace' } });
    expect(contents(change)).toMatchObject({
      values: { FirstName: 'Ada', LastName: 'Lovelace' },
      unresolved: ['Name'],
    });
  });

  it('a delete has no values', () => {
    expect(contents(changeOf({ changeType: 'DELETE' }))).toEqual({ values: {}, unresolved: [], needsReread: false });
  });

  it('a merged event becomes one change per record', () => {
    const ids = ['001000000000001AAA', '001000000000002AAA'];
    const decoded = decodeEvent(
      accountEvent({ recordIds: ids, changedFields: [bits(2)] }, { Type: 'Customer' }),
      schema,
    );
    expect(decoded.kind === 'changes' && decoded.changes.map((change) => change.nativeId)).toEqual(ids);
  });

  it.each([
    ['GAP_OVERFLOW', ['000000000000000AAA']],
    ['SNAPSHOT', ['001000000000001AAA']],
    ['UPDATE', ['001*']],
  ])('%s of %j asks for the whole object', (changeType, recordIds) => {
    expect(decodeEvent(accountEvent({ changeType, recordIds }), schema).kind).toBe('all');
  });

  it('a payload cut off behind its header only tells that the record changed', () => {
    const whole = accountEvent({ changedFields: [bits(1)], transactionKey: 't' }, { Name: 'Acme Incorporated' });
    const decoded = decodeEvent({ ...whole, payload: whole.payload.subarray(0, whole.payload.length - 20) }, schema);
    expect(decoded.kind === 'changes' && contents(decoded.changes[0] as RawChange)).toEqual(nothing);
  });

  it('a payload cut off inside its header is an error', () => {
    const whole = accountEvent({});
    expect(() => decodeEvent({ ...whole, payload: whole.payload.subarray(0, 30) }, schema)).toThrow(Error);
  });

  it('longs beyond 2^53 are exact', () => {
    const json = JSON.stringify({
      type: 'record',
      name: 'E',
      fields: [
        { name: 'H', type: { type: 'record', name: 'Header', fields: [{ name: 'commitNumber', type: 'long' }] } },
      ],
    });
    const bytes: number[] = [];
    for (let rest = 1_652_977_933_433_528_300n << 1n; rest > 0n; rest >>= 7n) {
      bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    }
    expect(compileEventSchema('big', json).decode(Buffer.from(bytes))).toEqual({
      H: { commitNumber: 1_652_977_933_433_528_300n },
    });
  });
});
