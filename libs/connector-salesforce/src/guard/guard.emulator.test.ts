// The guard against the emulator's process: the org's own flow and rule judge what the sink sends.
import { afterEach, expect, it } from 'vitest';
import { EmulatorProcess } from '../testing/emulator.ts';
import { MemoryProgress } from '../testing/memory-progress.ts';
import { accountPlan } from '../testing/plans.ts';
import { Race } from '../testing/race.ts';
import { SalesforceSink } from '../sink/salesforce-sink.ts';
import { guardMetadata } from './guard.ts';

const { fields, flow, validationRule } = guardMetadata;
const installation = {
  fields: {
    Account: fields.map(({ fullName, precision, scale }) => ({ name: fullName, type: 'double', precision, scale })),
  },
  flows: { Account: [flow] },
  validationRules: { Account: [validationRule] },
};

let emulator: EmulatorProcess;
afterEach(async () => await emulator.stop());

async function start(isGuarded: boolean): Promise<void> {
  emulator = await EmulatorProcess.start();
  if (isGuarded) await emulator.define(installation);
}

/** Every write takes a while to arrive, so that a user's edit fits between a command's reading and its execution. */
async function setUpRace(isGuarded: boolean): Promise<Race> {
  await start(isGuarded);
  await emulator.order({
    kind: 'latency',
    method: 'PATCH',
    path: '/composite/sobjects',
    delayMs: 15,
    times: 1_000_000,
  });
  return new Race(emulator);
}

const RACE = { records: 4, editsPerSide: 90 };
const LONG = { timeout: 240_000 };

it('with the guard no value returns that no user wrote again', LONG, async () => {
  const race = await setUpRace(true);
  await race.run(RACE);
  expect({ reverts: race.reverts, repeated: race.repeated, rejected: race.rejected }).toEqual({
    reverts: [],
    repeated: [],
    rejected: [],
  });
  expect(await race.differences()).toEqual([]);
  expect(race.stale).toBeGreaterThan(0);
});

it('without the guard values return: what unguarded means', LONG, async () => {
  const race = await setUpRace(false);
  await race.run(RACE);
  expect(race.stale).toBe(0);
  expect(race.reverts.length).toBeGreaterThan(0);
  expect(await race.differences()).toEqual([]);
});

it.each([
  ['guarded', true, 'by a user'],
  ['unguarded', false, 'by the sink'],
] as const)('a first call that arrives after the second, and after a user: %s', async (_, isGuarded, held) => {
  await start(isGuarded);
  const { rest } = emulator.client();
  const limits = { backoff: { delayMsMin: 5, delayMsMax: 50 } };
  const parts = { system: 'salesforce', plans: [accountPlan()], progress: new MemoryProgress(), limits };
  const sink = new SalesforceSink({ ...parts, rest });
  const { id: nativeId } = await emulator.user('POST', 'Account', { Name: 'Old' });
  const place = {
    entity: 'accounts',
    stream: 'accounts.0',
    recordId: '019a0000-0000-7000-8000-000000000001',
    sequence: 1,
  };
  const values = { values: { account_name: 'by the sink' }, expected: { account_name: 'Old' } };
  await emulator.order({ kind: 'late-request', method: 'PATCH', path: '/composite/sobjects' });
  const outcomes = await sink.apply([{ ...place, operation: 'update', nativeId, ...values }]);
  expect(outcomes).toMatchObject([{ result: 'applied' }]);
  await emulator.user('PATCH', `Account/${nativeId}`, { Name: 'by a user' });
  await emulator.lateRequestsDone();
  expect((await rest.query('SELECT Name FROM Account')).rows).toMatchObject([{ Name: held }]);
});

const MISFORTUNES = [
  { kind: 'drop-reply', method: 'PATCH', path: '/composite/sobjects' },
  { kind: 'late-request', method: 'PATCH', path: '/composite/sobjects', delayMs: 80 },
  { kind: 'drop-request', method: 'PATCH', path: '/composite/sobjects' },
  { kind: 'status', status: 503, code: 'SERVER_UNAVAILABLE', path: '/composite/sobjects' },
  { kind: 'status', status: 500, code: 'UNKNOWN_EXCEPTION', path: 'query' },
  { kind: 'row-error', statusCode: 'UNABLE_TO_LOCK_ROW', object: 'Account' },
  { kind: 'expire-tokens' },
  { kind: 'drop-streams' },
];

it(
  'nor when answers are lost, requests come late, rows are locked and the sink dies before it can tell',
  LONG,
  async () => {
    const race = await setUpRace(true);
    let isKilled = false;
    race.progress.beforeFinish = () => {
      if (!isKilled) return;
      isKilled = false;
      throw Object.assign(new Error('killed'), { reaction: 'retry' });
    };
    const disturb = async (turn: number): Promise<void> => {
      if (turn % 3 === 0) await emulator.order(MISFORTUNES[(turn / 3) % MISFORTUNES.length] as object);
      if (turn % 11 === 0) isKilled = true;
    };
    await race.run({ ...RACE, disturb });
    await emulator.calm();
    await emulator.lateRequestsDone();
    expect({ reverts: race.reverts, repeated: race.repeated, rejected: race.rejected }).toEqual({
      reverts: [],
      repeated: [],
      rejected: [],
    });
    expect(await race.differences()).toEqual([]);
  },
);
