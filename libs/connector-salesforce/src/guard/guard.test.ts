import { expect, it } from 'vitest';
import { parseDescription } from '../describe/describe.ts';
import { unguardedWarning } from './guard.ts';

const describeOf = (fields: object[]) => parseDescription({ name: 'Account', fields });
const revision = { name: 'Sync_Rev__c', type: 'double' };
const base = { name: 'Sync_Base__c', type: 'double', updateable: true };

it('says what is weaker where a field of the guard is missing or may not be written', () => {
  expect(unguardedWarning(describeOf([revision, base]))).toBeNull();
  for (const fields of [[], [revision], [base], [revision, { ...base, updateable: false }]]) {
    expect(unguardedWarning(describeOf(fields))).toMatch(/^writes to Account are unguarded: .*can be overwritten/);
  }
});
