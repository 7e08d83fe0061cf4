import { describe, expect, it } from 'vitest';
import type { RawChange } from '../decode/change-event.ts';
import { accountPlan } from '../testing/plans.ts';
import { bindPlans } from './binding.ts';
import { matchRow, routeChange } from './router.ts';

const bindings = bindPlans(
  [
    accountPlan({ entity: 'customers' }, { Type: 'Customer' }),
    accountPlan({ entity: 'suppliers' }, { Type: 'Supplier' }),
  ],
  'salesforce',
);

function change(kind: RawChange['kind'], values: Record<string, unknown> = {}, needsReread = false): RawChange {
  return {
    object: 'Account',
    nativeId: '001',
    kind,
    values: new Map(Object.entries(values)),
    unresolved: new Set(),
    needsReread,
    committedAt: 0,
    transactionKey: 't',
  };
}

function routed(raw: RawChange, known: string[] = []): string {
  const route = routeChange(raw, bindings, known);
  if (route.kind === 'ignore') return 'ignore';
  return `${route.kind} ${(route.kind === 'to' ? route.bindings : route.candidates).map(({ entity }) => entity).join(' ')}`;
}

describe('two syncs on one object', () => {
  it.each([
    ['known, whatever it says now', change('update', { Type: 'Supplier' }), ['customers'], 'to customers'],
    ['known, deleted', change('delete'), ['customers'], 'to customers'],
    ['unknown, deleted', change('delete'), [], 'ignore'],
    ['unknown, created as one of them', change('create', { Type: 'Supplier' }), [], 'to suppliers'],
    ['unknown, created as neither', change('create', { Type: 'Press' }), [], 'ignore'],
    ['unknown, turned into one of them', change('update', { Type: 'Customer' }), [], 'read customers'],
    ['unknown, turned into neither', change('update', { Type: 'Press' }), [], 'ignore'],
    ['unknown, changed elsewhere', change('update', { Name: 'A' }), [], 'read customers suppliers'],
    ['unknown, gap', change('create', {}, true), [], 'read customers suppliers'],
    ['unknown, created without the filter field', change('create', { Name: 'A' }), [], 'read customers suppliers'],
  ])('%s', (_, raw, known, expected) => {
    expect(routed(raw, known)).toBe(expected);
  });

  it('judges a read row by the filters', () => {
    expect(matchRow({ Type: 'Supplier' }, bindings)?.entity).toBe('suppliers');
    expect(matchRow({ Type: null }, bindings)).toBeUndefined();
  });
});
