import { describe, expect, it } from 'vitest';
import { apiErrorOf } from '../errors.ts';
import { SalesforceRest } from '../rest/rest-client.ts';
import { checkObject, inspectObject, type ObjectNeeds } from './checks.ts';
import { parseDescription } from './describe.ts';

const field = (name: string, type: string, rest: Record<string, unknown> = {}) => ({
  name,
  type,
  createable: true,
  updateable: true,
  nillable: true,
  ...rest,
});
const fit = [
  field('Id', 'id', { length: 18, createable: false, updateable: false }),
  field('Name', 'string', { length: 255 }),
  field('BillingAddress', 'address'),
  field('AnnualRevenue', 'currency', { precision: 18, scale: 0 }),
  field('NumberOfEmployees', 'int'),
  field('LastModifiedDate', 'datetime', { createable: false, updateable: false }),
  field('Total__c', 'double', { scale: 2, calculated: true }),
  field('Sync_Id__c', 'string', { length: 36, externalId: true, unique: true }),
  field('Sync_Stamp__c', 'string', { length: 255 }),
];
const describeOf = (fields: object[], rights = {}) =>
  parseDescription({ name: 'Account', createable: true, updateable: true, deletable: true, ...rights, fields });
const needs: ObjectNeeds = { object: 'Account', reads: ['Name'], writes: ['Name'], creates: true, deletes: true };
const codes = (description: ReturnType<typeof describeOf>, changed: Partial<ObjectNeeds> = {}) =>
  checkObject(description, { ...needs, ...changed }).map(({ code, message }) => `${code}: ${message}`);

const text = { kind: 'string', trimmed: true, emptyIsNull: true };

it('describes fields in our types, without compound fields', () => {
  const types = describeOf(fit).fields.map(({ name, type, updateable }) => [name, type, updateable]);
  expect(types).toEqual([
    ['Id', { ...text, lengthMax: 18 }, false],
    ['Name', { ...text, lengthMax: 255 }, true],
    ['AnnualRevenue', { kind: 'decimal' }, true],
    ['NumberOfEmployees', { kind: 'integer' }, true],
    ['LastModifiedDate', { kind: 'timestamp', fractionDigits: 0 }, false],
    ['Total__c', { kind: 'decimal' }, false],
    ['Sync_Id__c', { ...text, lengthMax: 36 }, true],
    ['Sync_Stamp__c', { ...text, lengthMax: 255 }, true],
  ]);
});

describe('what a sync needs', () => {
  it('is there', () => expect(codes(describeOf(fit))).toEqual([]));

  it('is reported all at once when it is not', () => {
    const fields = fit.filter(({ name }) => !name.startsWith('Sync_'));
    const wanted = { reads: ['Name', 'Nmae'], writes: ['LastModifiedDate'] };
    expect(codes(describeOf(fields, { createable: false, deletable: false }), wanted)).toEqual([
      'salesforce.permission_missing: the integration user lacks Create on Account',
      'salesforce.permission_missing: the integration user lacks Delete on Account',
      'salesforce.field_missing: Account has no field Nmae that the integration user can see',
      'salesforce.field_read_only: Account.LastModifiedDate cannot be written by the integration user',
      'salesforce.sync_field_missing: Account.Sync_Id__c is missing or not as Concord needs it',
      'salesforce.sync_field_missing: Account.Sync_Stamp__c is missing or not as Concord needs it',
    ]);
  });

  it('does not include our fields when nothing is written', () => {
    const fields = fit.filter(({ name }) => !name.startsWith('Sync_'));
    expect(codes(describeOf(fields), { writes: [], creates: false, deletes: false })).toEqual([]);
  });
});

it('names an object that is not there', async () => {
  const rest = new SalesforceRest({
    call: async ({ what }) => {
      throw apiErrorOf(what, 404, [{ errorCode: 'NOT_FOUND', message: 'The requested resource does not exist' }]);
    },
  });
  const { description, findings } = await inspectObject(rest, { ...needs, object: 'Acount' });
  expect(description).toBeNull();
  expect(findings).toMatchObject([{ code: 'salesforce.object_missing', message: expect.stringContaining('Acount') }]);
});
