/** A small fixed entity and one message of each kind, for tests, golden samples and the benchmark. Never change it: add. */
import type { FieldPolicy, FieldType } from '@concord/core';
import type { EntityPlan, PlannedField } from './plan.ts';
import type {
  AuditMessage,
  ChangeMessage,
  CommandMessage,
  ConflictMessage,
  OutcomeMessage,
  RecordMessage,
  ResolutionMessage,
} from './shapes.ts';

const policy: FieldPolicy = { kind: 'last_write_wins' };
const field = (name: string, type: FieldType): PlannedField => ({ name, type, policy });

export const samplePlan: EntityPlan = {
  entity: 'accounts',
  sync: 'sample',
  fields: [
    field('name', { kind: 'string', lengthMax: 255 }),
    field('active', { kind: 'boolean' }),
    field('employees', { kind: 'integer' }),
    field('revenue', { kind: 'decimal', scale: 2 }),
    field('rating', { kind: 'double' }),
    field('founded', { kind: 'date' }),
    field('updated at', { kind: 'timestamp', fractionDigits: 6 }),
    field('tags', { kind: 'json' }),
    field('logo', { kind: 'bytes' }),
    field('sf_id', { kind: 'string', lengthMax: 18 }),
  ],
  systems: {},
  deletePolicy: 'delete_wins',
};

const noAccess = { fields: {}, link: null, filter: {}, readExistence: true, writeExistence: true };
samplePlan.systems = {
  postgres: { ...noAccess, type: 'postgres', object: 'public.accounts', key: ['id'], keyGenerated: true },
  salesforce: { ...noAccess, type: 'salesforce', object: 'Account', key: ['Id'], keyGenerated: true },
};

const recordId = '01920000-0000-7000-8000-000000000001';
const at = 1_790_000_000_000;

const change: ChangeMessage = {
  change: {
    kind: 'change',
    system: 'postgres',
    position: '00000000016B374800000001',
    at,
    nativeId: '42',
    existence: 'exists',
    values: {
      name: 'Acme',
      employees: 12,
      revenue: '1250.50',
      'updated at': '2026-09-21T14:13:20.123456Z',
      sf_id: null,
    },
    complete: false,
    snapshot: false,
    echo: null,
    transaction: '731',
  },
  before: { name: 'Acme Inc.' },
};

const record: RecordMessage = {
  recordId,
  version: 3,
  deleted: false,
  origin: 'postgres',
  decision: 'fast_forward',
  changedAt: at,
  changed: ['name'],
  nativeIds: { postgres: '42', salesforce: '001000000000001AAA' },
  values: {
    name: 'Acme',
    active: true,
    employees: '9007199254740993',
    revenue: '1250.50',
    rating: 4.5,
    founded: '1999-12-31',
    'updated at': '2026-09-21T14:13:20.123456Z',
    tags: '["a"]',
    logo: 'AAEC/w==',
    sf_id: null,
  },
};

const command: CommandMessage = {
  entity: 'accounts',
  stream: 'accounts.3',
  commands: [
    {
      recordId,
      sequence: 17,
      operation: 'update',
      nativeId: '001000000000001AAA',
      changedAt: at,
      values: { name: 'Acme', employees: 12 },
      expected: { name: 'Acme Inc.', employees: null },
    },
    {
      recordId: recordId.replace(/1$/, '2'),
      sequence: 18,
      operation: 'delete',
      nativeId: '001000000000002AAA',
      changedAt: at,
      values: {},
      expected: { name: null },
    },
  ],
};

const outcome: OutcomeMessage = {
  entity: 'accounts',
  system: 'salesforce',
  at,
  outcomes: [
    { recordId, sequence: 17, result: 'stale', staleFields: ['name'], nativeId: null, code: null, reason: null },
    {
      recordId: recordId.replace(/1$/, '2'),
      sequence: 18,
      result: 'rejected',
      staleFields: [],
      nativeId: '001000000000002AAA',
      code: 'sink.rejected',
      reason: 'it is locked',
    },
  ],
};

const resolution: ResolutionMessage = {
  kind: 'resolution',
  entity: 'accounts',
  recordId,
  field: 'name',
  choice: { value: 'Acme & Co.' },
  revision: 5,
  by: 'grace',
  at,
};

const conflict: ConflictMessage = {
  entity: 'accounts',
  recordId,
  field: 'name',
  kind: 'update_update',
  policy: 'last_write_wins',
  baseVersion: 2,
  canonicalVersion: 3,
  incomingSystem: 'salesforce',
  incomingValue: 'Acme Ltd.',
  incomingAt: at,
  canonicalSystem: 'postgres',
  canonicalValue: null,
  canonicalAt: at - 1,
  winner: 'incoming',
};

const audit: AuditMessage = {
  records: [
    {
      entity: 'accounts',
      recordId,
      version: 4,
      at,
      decisions: [
        {
          decision: 'conflict_resolved',
          system: 'salesforce',
          position: '66F0000000000007',
          sequence: null,
          fields: ['name'],
          why: '{"base":2}',
        },
        { decision: 'command_issued', system: 'postgres', position: null, sequence: 18, fields: ['name'], why: '{}' },
      ],
    },
  ],
};

export const samples = { change, record, command, outcome, resolution, conflict, audit };
