import { expect, it } from 'vitest';
import type { Decision } from '@concord/core';
import { sentenceOf } from './sentences.ts';

const AT = Date.UTC(2026, 10, 21, 9, 30, 5, 120);
const change = { system: 'salesforce', position: '1' };

/** As they stand in the audit: decisions of earlier versions of the core included. */
const story = [
  {
    ...change,
    type: 'existence_fast_forwarded',
    exists: true,
    version: 1,
    baseVersion: 0,
    at: AT,
    reset: [],
    values: {},
  },
  {
    ...change,
    type: 'fast_forwarded',
    version: 1,
    at: AT,
    fields: [
      { field: 'name', held: 'Alfreds', value: 'Alfreds', baseVersion: 0, previous: null, basis: 1 },
      { field: 'phone', held: '1', value: '1', baseVersion: 0, previous: '0', basis: 1 },
    ],
  },
  {
    type: 'command_issued',
    system: 'postgres',
    command: {
      sequence: 7,
      operation: 'create',
      nativeId: null,
      values: { name: 'Alfreds' },
      versions: {},
      expected: {},
    },
  },
  {
    type: 'outcome_recorded',
    system: 'postgres',
    sequence: 7,
    result: 'applied',
    shown: false,
    waiting: [],
    rejected: {},
    nativeId: '12',
    code: null,
    reason: null,
  },
  {
    system: 'postgres',
    position: '2',
    type: 'echoed',
    sequence: 7,
    operation: 'create',
    fields: ['name'],
    implied: [],
    outdated: false,
  },
  {
    ...change,
    type: 'conflict_resolved',
    field: 'phone',
    kind: 'update_update',
    policy: 'last_write_wins',
    baseVersion: 1,
    canonicalVersion: 2,
    held: '3',
    incoming: { system: 'salesforce', value: '3', at: AT },
    canonical: { system: 'postgres', value: '2', at: AT - 1000 },
    winner: 'incoming',
    version: 3,
    derived: false,
  },
  { ...change, type: 'observed', at: AT, nativeId: '001', snapshot: false },
  { ...change, type: 'of_another_version' },
] as unknown as readonly Decision[];

it('tells the story of a record in plain sentences', () => {
  expect(story.map(sentenceOf).filter((sentence) => sentence !== null)).toMatchInlineSnapshot(`
    [
      "A user of salesforce created the record at 2026-11-21 09:30:05.12 UTC.",
      "A user of salesforce changed name from nothing to "Alfreds" and phone from "0" to "1" at 2026-11-21 09:30:05.12 UTC, knowing the values before.",
      "postgres is told to create the record with name = "Alfreds" (command 7).",
      "postgres executed command 7; the record is 12 there.",
      "postgres shows what command 7 wrote (create): an echo, not an edit.",
      "Conflict on phone: a user of salesforce wrote "3" at 2026-11-21 09:30:05.12 UTC, having seen version 1; postgres wrote "2" at 2026-11-21 09:30:04.12 UTC (version 2). salesforce won by last_write_wins: salesforce was later; "2" of postgres is kept on record.",
      "Decision {"system":"salesforce","position":"1","type":"of_another_version"}.",
    ]
  `);
});
