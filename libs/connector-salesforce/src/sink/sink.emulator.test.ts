// The sink and the descriptions against the emulator's process.
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TargetCommand } from '@concord/connector-kit';
import { inspectObject } from '../describe/checks.ts';
import { EmulatorProcess } from '../testing/emulator.ts';
import { MemoryProgress } from '../testing/memory-progress.ts';
import { accountPlan } from '../testing/plans.ts';
import { SalesforceSink } from './salesforce-sink.ts';

let emulator: EmulatorProcess;
beforeAll(async () => {
  emulator = await EmulatorProcess.start();
});
afterAll(async () => await emulator.stop());

let recordsMade = 0;
const newRecordId = (): string => `019a0000-0000-7000-8000-${String((recordsMade += 1)).padStart(12, '0')}`;

function setup() {
  const { rest } = emulator.client();
  const progress = new MemoryProgress();
  const sink = new SalesforceSink({ system: 'salesforce', plans: [accountPlan()], rest, progress });
  const rowsOf = async (recordId: string) =>
    (await rest.query(`SELECT Id, Name, Sync_Stamp__c FROM Account WHERE Sync_Id__c = '${recordId}'`)).rows;
  return { rest, progress, sink, rowsOf };
}

function create(sequence: number, name: string, recordId = newRecordId()): TargetCommand {
  return {
    entity: 'accounts',
    stream: 'accounts.0',
    recordId,
    sequence,
    operation: 'create',
    nativeId: null,
    values: { account_name: name },
    expected: {},
  };
}

describe('writing to the org', () => {
  it('creates, updates, deletes', async () => {
    const { sink, rowsOf } = setup();
    const made = create(1, 'Made');
    const [created] = await sink.apply([made]);
    const nativeId = created?.nativeId ?? '';
    const [updated] = await sink.apply([
      { ...made, sequence: 2, operation: 'update', nativeId, values: { account_name: 'Changed', city: 'Genève' } },
    ]);
    expect(updated?.result).toBe('applied');
    expect(await rowsOf(made.recordId)).toMatchObject([
      { Id: nativeId, Name: 'Changed', Sync_Stamp__c: 'accounts.0:2' },
    ]);
    const removal = { ...made, operation: 'delete', nativeId, values: {} } as const;
    expect((await sink.apply([{ ...removal, sequence: 3 }]))[0]?.result).toBe('applied');
    expect((await sink.apply([{ ...removal, sequence: 4 }]))[0]?.result).toBe('applied');
    const late = { ...made, sequence: 5, operation: 'update', nativeId, values: { account_name: 'Late' } } as const;
    expect((await sink.apply([late]))[0]?.result).toBe('stale');
  });

  it('creates once although the answer is lost', async () => {
    const { sink, rowsOf } = setup();
    const batch = Array.from({ length: 250 }, (_, index) => create(index + 1, `Lost ${index}`));
    await emulator.order({ kind: 'drop-reply', method: 'PATCH', path: '/composite/sobjects', times: 1 });
    const outcomes = await sink.apply(batch);
    expect(new Set(outcomes.map(({ result }) => result))).toEqual(new Set(['applied']));
    expect(await rowsOf(batch[0]!.recordId)).toHaveLength(1);
    expect(await rowsOf(batch[249]!.recordId)).toHaveLength(1);
  });

  it('a create that a user deleted before we heard of it is not made again', async () => {
    const { progress, sink, rowsOf } = setup();
    const made = create(1, 'Deleted meanwhile');
    progress.beforeFinish = () => {
      throw new Error('killed');
    };
    await expect(sink.apply([made])).rejects.toThrow('killed');
    const [row] = await rowsOf(made.recordId);
    await emulator.user('DELETE', `Account/${String(row?.['Id'])}`);
    progress.beforeFinish = () => undefined;
    expect(await sink.apply([made])).toMatchObject([{ result: 'applied', nativeId: row?.['Id'] }]);
    expect(await rowsOf(made.recordId)).toEqual([]);
  });

  it('waits for a locked row and rejects what the org refuses, each row by itself', async () => {
    const { sink } = setup();
    await emulator.order({ kind: 'row-error', statusCode: 'UNABLE_TO_LOCK_ROW', times: 1 });
    const outcomes = await sink.apply([create(1, 'Locked'), create(2, 'x'.repeat(300)), create(3, 'Fine')]);
    expect(outcomes.map(({ result, code }) => [result, code])).toEqual([
      ['applied', null],
      ['rejected', 'sink.constraint'],
      ['applied', null],
    ]);
    expect(outcomes[1]?.reason).toMatch(/^STRING_TOO_LONG: .*\(Name\)$/);
  });

  it('goes on after the session has ended', async () => {
    const { sink } = setup();
    await sink.apply([create(1, 'Before')]);
    await emulator.order({ kind: 'expire-tokens' });
    expect(await sink.apply([create(2, 'After')])).toMatchObject([{ result: 'applied' }]);
  });
});

describe('getting to know the org', () => {
  const needs = { object: 'Account', reads: ['Name'], writes: ['Name', 'BillingCity'], creates: true, deletes: true };

  it('describes an object that fits', async () => {
    const { description, findings } = await inspectObject(setup().rest, needs);
    expect(findings).toEqual([]);
    expect(description?.fields.find(({ name }) => name === 'AnnualRevenue')).toMatchObject({
      type: { kind: 'decimal' },
      nativeType: 'currency',
    });
    expect(description?.fields.find(({ name }) => name === 'Id')).toMatchObject({
      createable: false,
      updateable: false,
    });
  });

  it('names an object that is missing', async () => {
    const { findings } = await inspectObject(setup().rest, { ...needs, object: 'Acount' });
    expect(findings).toMatchObject([{ code: 'salesforce.object_missing' }]);
  });

  it('says that the secret is wrong, without showing it', async () => {
    const grant = { kind: 'client_credentials', clientId: 'concord', clientSecret: 'wrong-secret' } as const;
    const error = await emulator
      .client(grant)
      .rest.describe('Account')
      .catch((caught: unknown) => caught as Error);
    expect(error).toMatchObject({ code: 'salesforce.auth', hint: expect.stringContaining('secret') });
    expect(String((error as Error).stack)).not.toContain('wrong-secret');
  });

  it('logs in with a signed assertion', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const folder = await mkdtemp(join(tmpdir(), 'concord-salesforce-'));
    const file = join(folder, 'public.pem');
    await writeFile(file, publicKey.export({ type: 'spki', format: 'pem' }));
    const org = await EmulatorProcess.start('--jwt-public-key-file', file);
    try {
      const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
      const grant = {
        kind: 'jwt_bearer',
        clientId: 'concord',
        username: 'integration@example.com',
        privateKey: pem,
      } as const;
      expect((await org.client(grant).rest.describe('Account')).name).toBe('Account');
      const stranger = org.client({ ...grant, username: 'someone@example.com' }).rest.describe('Account');
      await expect(stranger).rejects.toMatchObject({ hint: expect.stringContaining('Pre-authorise') });
    } finally {
      await org.stop();
      await rm(folder, { recursive: true });
    }
  });
});
