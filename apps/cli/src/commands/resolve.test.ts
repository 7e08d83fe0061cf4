import type { OpenReview } from '@concord/store';
import { expect, it } from 'vitest';
import { choiceOf } from './resolve.ts';

const review = (field: string, candidates: OpenReview['candidates']): OpenReview => ({
  ...{ id: '1', record_id: 'r', entity: 'accounts', known_as: null, field, kind: 'update_update', revision: '3' },
  ...{ since_version: '2', canonical_system: 'postgres', canonical_value: 'mine', candidates },
  canonical_at: new Date(0),
  opened_at: new Date(0),
});
const single = { reviews: [review('name', { salesforce: { value: 'theirs', at: 1 } })], isGroup: false };
const group = {
  reviews: [review('street', {}), review('city', { salesforce: { value: 'Oslo', at: 1 } })],
  isGroup: true,
};
const none = { choose: undefined, value: undefined, as: undefined };

it('a system is chosen by its wish, or because its value stands', () => {
  expect(choiceOf(single, { ...none, choose: 'salesforce' })).toEqual({ system: 'salesforce' });
  expect(choiceOf(group, { ...none, choose: 'salesforce' })).toEqual({ system: 'salesforce' });
  expect(choiceOf(single, { ...none, choose: 'postgres' })).toEqual({ canonical: true });
  expect(choiceOf(single, { ...none, choose: 'canonical' })).toEqual({ canonical: true });
  expect(() => choiceOf(single, { ...none, choose: 'netsuite' })).toThrow('netsuite has no value to choose here');
});

it('a value of one’s own is JSON, of a group also an object by field', () => {
  expect(choiceOf(single, { ...none, value: '"x"' })).toEqual({ value: 'x' });
  expect(choiceOf(single, { ...none, value: 'null' })).toEqual({ value: null });
  expect(choiceOf(group, { ...none, value: '{"street": "x", "city": null}' })).toEqual({
    values: { street: 'x', city: null },
  });
  for (const value of ['x', '[1]', '{"a": 1}']) {
    expect(() => choiceOf(single, { ...none, value })).toThrow(`--value ${value} is no value`);
  }
  expect(() => choiceOf(group, { ...none, value: '{"street": {}}' })).toThrow('is no value');
});

it('exactly one of both is said', () => {
  expect(() => choiceOf(single, none)).toThrow('it is not said what is to be chosen');
  expect(() => choiceOf(single, { ...none, choose: 'postgres', value: '1' })).toThrow('it is not said');
});
