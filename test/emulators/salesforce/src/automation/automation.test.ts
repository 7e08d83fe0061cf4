import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Definitions } from '../model/definition-file.ts';
import { standardObjects } from '../model/standard-objects.ts';
import type { StoredRecord } from '../store/record.ts';
import { startTestEmulator } from '../testing.ts';
import type { Harness } from '../testing.ts';
import { compileFormula } from './formula.ts';

const account = standardObjects()[0]!;
const record = (values: StoredRecord['values']): StoredRecord => ({
  id: '001000000000001AAA',
  isDeleted: false,
  deletedWith: null,
  values,
});
const before = record({ Name: 'Acme', NumberOfEmployees: 3 });
const after = record({ Name: 'Acme 2', NumberOfEmployees: 3, Site: 'it"s' });
const resultOf = (formula: string, isNew = false) =>
  compileFormula(formula, account)({ type: account, before: isNew ? undefined : before, after });

test.each([
  ['1 + 2 * 3 - -4', 11],
  ['(1 + 2) * 3 >= 9 && TRUE', true],
  ['UPPER(Name) & "!" & TEXT(NumberOfEmployees)', 'ACME 2!3'],
  ['Site = "it\\"s"', true],
  ['ISCHANGED(Name)', true],
  ['ischanged( numberofemployees )', false],
  ['PRIORVALUE(Name) <> Name', true],
  ['AND(NOT(ISNEW()), OR(ISBLANK(Phone), FALSE))', true],
  ['IF(ISBLANK(AnnualRevenue), BLANKVALUE(AnnualRevenue, 0) + 1, 2) /* counts */', 1],
  ['Phone = ""', true],
  ['AnnualRevenue <> 5', null],
  ['NOT(AnnualRevenue = 5)', null],
  ['AnnualRevenue + 1', null],
])('%s is %s', (formula, expected) => expect(resultOf(formula)).toBe(expected));

test('of a new record nothing has changed and the prior value is its own', () => {
  expect(resultOf('ISCHANGED(Name)', true)).toBe(false);
  expect(resultOf('PRIORVALUE(Name)', true)).toBe('Acme 2');
  expect(resultOf('ISNEW()', true)).toBe(true);
});

test.each([
  ['Nmae = 1', /Nmae does not exist/],
  ['VLOOKUP(Name)', /Unknown function VLOOKUP/],
  ['ISCHANGED(1)', /only be used with a field/],
  ['NOT()', /Incorrect number/],
  ['(1', /Missing '\)'/],
  ['1 2', /Extra 2/],
  ['1 # 2', /Found '#'/],
])('%s is refused when it is installed', (formula, message) => {
  expect(() => compileFormula(formula, account)).toThrow(message);
});

const definitions: Definitions = {
  fields: { Account: [{ name: 'Saves__c', type: 'double', scale: 0 }] },
  flows: {
    Account: [
      { fullName: 'Count', assignments: [{ field: 'Saves__c', formula: 'BLANKVALUE(Saves__c, 0) + 1' }] },
      {
        fullName: 'Shout',
        recordTriggerType: 'Update',
        filterFormula: 'ISCHANGED(Site)',
        assignments: [{ field: 'Site', formula: 'UPPER(Site) & TEXT(Saves__c)' }],
      },
    ],
  },
  validationRules: {
    Account: [
      {
        fullName: 'No_X',
        errorConditionFormula: 'AND(NOT(ISNEW()), ISCHANGED(Site), Site = "X2", PRIORVALUE(Saves__c) = 1)',
        errorMessage: 'Not X.',
        errorDisplayField: 'Site',
      },
      { fullName: 'Off', active: false, errorConditionFormula: 'TRUE', errorMessage: 'never' },
    ],
  },
};
let harness: Harness;
beforeAll(async () => {
  harness = await startTestEmulator({ definitions });
  await harness.login();
});
afterAll(() => harness.emulator.close());

test('flows run before validation rules, and a refused row is not saved', async () => {
  const id = await harness.create({ Name: 'Rules', Site: 'a' });
  const single = await harness.call('PATCH', `sobjects/Account/${id}`, { Site: 'x' });
  const refusal = { message: 'Not X.', fields: ['Site'] };
  expect([single.status, single.body]).toEqual([400, [{ ...refusal, errorCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION' }]]);
  const other = await harness.create({ Name: 'Other' });
  const records = [id, other].map((each) => ({ attributes: { type: 'Account' }, Id: each, Site: 'x' }));
  const both = await harness.call('PATCH', 'composite/sobjects', {
    allOrNone: false,
    records: [records[0], { ...records[1], Site: 'y' }],
  });
  expect([both.status, both.body]).toEqual([
    200,
    [
      { id, success: false, errors: [{ ...refusal, statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION' }] },
      { id: other, success: true, errors: [] },
    ],
  ]);
  const person = await harness.call('PATCH', `/ui/api/Account/${id}`, { Site: 'x' });
  expect(person.status).toBe(400);
  const rows = await harness.query('SELECT Site, Saves__c FROM Account ORDER BY Name DESC');
  expect(rows).toMatchObject([
    { Site: 'a', Saves__c: 1 },
    { Site: 'Y2', Saves__c: 2 },
  ]);
});

test('what a flow sets is in the event of the save', async () => {
  const id = await harness.create({ Name: 'Told' });
  await harness.call('PATCH', `/ui/api/Account/${id}`, { Site: 'b' });
  const topic = { topic_name: '/data/AccountChangeEvent', replay_preset: 'EARLIEST', num_requested: 10 } as const;
  const subscriber = harness.subscribe(topic);
  const event = (await subscriber.events(5)).at(-1)!;
  expect(event.header.changeType).toBe('UPDATE');
  expect(event.body).toMatchObject({ Site: 'B2', Saves__c: 2 });
  subscriber.close();
});
