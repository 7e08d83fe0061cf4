/**
 * Goal: whatever is wrong in a config, the message names it, its place and a way out, and nothing crashes. Method: a config
 * that uses every kind of key is broken in every place, one break at a time.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadConfig } from './index.ts';

const GOOD = {
  systems: {
    crm: {
      type: 'salesforce',
      role: 'sales',
      instance_url: 'https://example.my.salesforce.com',
      client_id: 'key',
      client_secret: 'env:SECRET',
      pubsub_tls: true,
    },
    erp: { type: 'postgres', host: 'localhost', port: 5432, database: 'erp', user: 'concord', ssl: 'disable' },
  },
  connection_name: 'Accounts',
  entity: 'accounts',
  source: { system: 'crm', object: 'Account', filter: { Type: 'Customer' } },
  target: { system: 'erp', table: 'accounts', capture: true },
  sync_type: 'bidirectional',
  field_mappings: [
    { source: 'Id', target: 'sf_id' },
    { source: 'Name', target: 'name', transformation: ['trim'] },
    { source: 'Phone', target: 'phone', transformation: { type: 'format_phone', default_country: 'NO' } },
    { source: 'Rating', target: 'rating', transformation: { type: 'value_map', values: { Hot: 'A', Warm: 'B' } } },
    { source: 'AnnualRevenue', target: 'cents', transformation: { type: 'scale', power_of_ten: 2 } },
    { source: 'BillingStreet', target: 'street' },
    { source: 'BillingCity', target: 'city' },
    { source: 'A__c', target: 'own_a' },
    { source: 'B__c', target: 'own_b' },
    { source: 'C__c', target: 'effective' },
    { source: 'LastModifiedDate', target: 'modified' },
  ],
  field_groups: { billing: ['street', 'city'] },
  mapping_options: { handle_nulls: 'preserve', timestamp_format: 'iso8601', default_country: 'NO' },
  ownership: {
    target_edits: 'kept',
    fields: [{ group: 'billing', owner: 'erp', target_edits: 'reported' }],
    records: [{ when: { any: [{ rating: ['A', 'B'] }, { not: { name: 'x' } }] }, owner: 'crm' }, { owner: 'shared' }],
  },
  conflict_resolution: {
    strategy: 'last_write_wins',
    timestamp_field: 'LastModifiedDate',
    skew_bound_seconds: 2,
    tie_break: ['erp', 'crm'],
    deletes: 'manual',
    field_rules: [
      { field: 'name', priority_system: 'sales' },
      { fields: ['cents'], strategy: 'counter' },
      { field: 'phone', strategy: 'source_priority', priority: ['crm', 'erp'] },
      {
        field: 'effective',
        strategy: 'paired',
        own: { crm: 'own_a', erp: 'own_b' },
        effective: { strategy: 'last_write_wins', skew_bound_seconds: 1 },
      },
    ],
  },
  loop_prevention: { enabled: true, detection_window_seconds: 60, max_update_count: 2 },
  validation_rules: [{ field: 'phone', rule: 'regex', pattern: '^x$', on_error: 'warn' }],
  error_handling: {
    retry_strategy: { max_attempts: 5, backoff_factor: 1.5, initial_delay_seconds: 30 },
    notification: { channels: ['slack'], threshold: 'critical' },
    fallback: { action: 'queue_for_manual_review' },
  },
  performance_settings: { batch_size: 100, parallelism: 2, change_detection: 'log_based', index_recommendation: true },
  monitoring: { metrics: ['throughput'], alerting: { latency_threshold_ms: 5000 }, logging: { level: 'info' } },
  initial_sync: undefined,
};

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Break = { readonly what: string; readonly config: Json; readonly key: string };

/** Maps whose keys are names of their own: nobody can tell that one is misspelt. */
const FREE = new Set(['systems', 'filter', 'values', 'field_groups']);

/** Every key misspelt, and every value made one of another type. */
function* breaks(node: Json, rebuild: (node: Json) => Json, path: readonly string[]): Generator<Break> {
  if (typeof node !== 'object' || node === null) return;
  if (Array.isArray(node)) {
    for (const [index, item] of node.entries()) {
      const put = (other: Json): Json => rebuild(node.map((one, at) => (at === index ? other : one)));
      yield* wrongValues(item, put, [...path, String(index)]);
      yield* breaks(item, put, [...path, String(index)]);
    }
    return;
  }
  for (const [key, item] of Object.entries(node)) {
    const put = (other: Json): Json => rebuild({ ...node, [key]: other });
    const place = [...path, key];
    if (!FREE.has(path.at(-1) ?? '')) {
      const entries = Object.entries(node).map(([name, one]) => [name === key ? `${key}qx` : name, one] as const);
      yield { what: `${place.join('.')} misspelt`, config: rebuild(Object.fromEntries(entries)), key: `${key}qx` };
    }
    // Any value is one that a field may be compared with.
    const isCompared = ['filter', 'values'].includes(path.at(-1) ?? '') || key === 'rating';
    if (!isCompared) yield* wrongValues(item, put, place);
    yield* breaks(item, put, place);
  }
}

function* wrongValues(item: Json, put: (other: Json) => Json, path: readonly string[]): Generator<Break> {
  const key = path.at(-1) ?? '';
  const others: Json[] = typeof item === 'string' ? [{ x: { y: 1 } }] : ['qxqx', { x: { y: 1 } }];
  for (const other of others) yield { what: `${path.join('.')} = ${JSON.stringify(other)}`, config: put(other), key };
}

const all = [...breaks(JSON.parse(JSON.stringify(GOOD)) as Json, (node) => node, [])];
let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'concord-broken-'))));
afterAll(() => rmSync(folder, { recursive: true }));

function faultsOf(config: Json) {
  const text = JSON.stringify(config, null, 1);
  const file = join(folder, 'config.json');
  writeFileSync(file, text);
  return { faults: loadConfig([file], { SECRET: 's' }).faults, lines: text.split('\n').length };
}

it('the config is good before it is broken', () => {
  expect(faultsOf(JSON.parse(JSON.stringify(GOOD)) as Json).faults).toEqual([]);
  expect(all.length).toBeGreaterThan(200);
});

it.each(all)('$what', ({ config }) => {
  const { faults, lines } = faultsOf(config);
  expect(faults).not.toEqual([]);
  for (const { place, message, remedy } of faults) {
    expect(place.line).toBeGreaterThan(0);
    expect(place.line).toBeLessThanOrEqual(lines);
    expect(message.length).toBeGreaterThan(10);
    expect(remedy.length).toBeGreaterThan(5);
  }
});

/** Beside conditions a misspelt connective is a field like any, and what it is compared with is wrong. */
const misspelt = all.filter(({ what }) => what.endsWith('misspelt') && !/\.(any|not) misspelt$/.test(what));

it.each(misspelt)('$what is named, where it stands', ({ config, key }) => {
  const { faults } = faultsOf(config);
  const text = JSON.stringify(config, null, 1).split('\n');
  const line = text.findIndex((one) => one.includes(`"${key}":`)) + 1;
  expect(faults.map(({ place }) => place.line)).toContain(line);
  expect(faults.find(({ place }) => place.line === line)?.message).toContain(key);
});
