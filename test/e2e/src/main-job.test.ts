/**
 * Goal: the main job as its users see it, on the real components: what one person does appears on the other side, once, and
 * nothing bounces. Method: two people work; the stories look at what each system shows and at what Concord recorded.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decisionsIn } from './audit.ts';
import {
  accountBy,
  agreement,
  closeWorld,
  conflictsAbout,
  createdInPostgres,
  openWorld,
  rowBy,
  seen,
  type World,
} from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(closeWorld);

describe('a change made on one side', () => {
  test('a new row becomes an account, and its Salesforce id comes back without a bounce', async () => {
    const { row, account } = await createdInPostgres(world, 'Ångström & Søns "GmbH"');
    expect(account).toMatchObject({ Name: 'Ångström & Søns "GmbH"', Industry: 'Energy', AnnualRevenue: 1000 });
    await agreement(world);
    // One command made the account; one wrote the id and Salesforce's own time into the row.
    expect(await commandsAbout(String(row.id))).toEqual(['create salesforce', 'update postgres']);
  });

  test('a new account becomes a row', async () => {
    const id = await world.sales.create('Account', { Name: 'Made in Salesforce', AnnualRevenue: 12.5 });
    const row = await seen('the row', () => rowBy(world.database, 'sf_id', id));
    expect(row).toMatchObject({ account_name: 'Made in Salesforce', annual_revenue: '12.50', industry_type: null });
  });

  test('an edit goes over, in both directions', async () => {
    const { row, account } = await createdInPostgres(world, 'Edited');
    await world.database.query("UPDATE accounts SET industry_type = 'Media' WHERE id = $1", [row.id]);
    await seen(
      'the edit in Salesforce',
      async () => (await accountBy(world.sales, 'Id', account.Id))?.Industry === 'Media',
    );
    await world.sales.update('Account', account.Id, { AnnualRevenue: 99.99, Name: 'Edited twice' });
    await seen(
      'the edit in Postgres',
      async () => (await rowBy(world.database, 'id', row.id))?.annual_revenue === '99.99',
    );
    expect(await rowBy(world.database, 'id', row.id)).toMatchObject({
      account_name: 'Edited twice',
      industry_type: 'Media',
    });
  });

  test('an emptied field is emptied', async () => {
    const { row, account } = await createdInPostgres(world, 'Emptied');
    await world.sales.update('Account', account.Id, { Industry: null });
    await seen('null in Postgres', async () => (await rowBy(world.database, 'id', row.id))?.industry_type === null);
    await world.database.query('UPDATE accounts SET annual_revenue = NULL WHERE id = $1', [row.id]);
    const emptied = await seen('null in Salesforce', async () => {
      const found = await accountBy(world.sales, 'Id', account.Id);
      return found?.AnnualRevenue === null && found;
    });
    expect(emptied.Industry).toBeNull();
  });

  test('a delete goes over, in both directions, and nothing comes back', async () => {
    const first = await createdInPostgres(world, 'Deleted in Postgres');
    const second = await createdInPostgres(world, 'Deleted in Salesforce');
    await world.database.query('DELETE FROM accounts WHERE id = $1', [first.row.id]);
    await world.sales.remove('Account', second.account.Id);
    await seen('gone in Salesforce', async () => (await accountBy(world.sales, 'Id', first.account.Id)) === undefined);
    await seen('gone in Postgres', async () => (await rowBy(world.database, 'id', second.row.id)) === undefined);
    await agreement(world);
    expect(await rowBy(world.database, 'account_name', 'Deleted in Postgres')).toBeUndefined();
    expect(await accountBy(world.sales, 'Name', 'Deleted in Salesforce')).toBeUndefined();
  });

  test('a row that is made and deleted at once leaves nothing behind', async () => {
    await world.database.query(
      "WITH made AS (INSERT INTO accounts (account_name) VALUES ('Gone at once') RETURNING id) SELECT 1",
    );
    await world.database.query("DELETE FROM accounts WHERE account_name = 'Gone at once'");
    await agreement(world);
    expect(await accountBy(world.sales, 'Name', 'Gone at once')).toBeUndefined();
  });
});

describe('edits on both sides at the same time', () => {
  test('of different fields: both survive', async () => {
    const { row, account } = await createdInPostgres(world, 'Two fields');
    await Promise.all([
      world.database.query("UPDATE accounts SET industry_type = 'Banking' WHERE id = $1", [row.id]),
      world.sales.update('Account', account.Id, { AnnualRevenue: 77 }),
    ]);
    await seen('both edits in Salesforce', async () => {
      const found = await accountBy(world.sales, 'Id', account.Id);
      return found?.Industry === 'Banking' && found.AnnualRevenue === 77;
    });
    await seen('both edits in Postgres', async () => {
      const found = await rowBy(world.database, 'id', row.id);
      return found?.industry_type === 'Banking' && found.annual_revenue === '77.00';
    });
    expect(await conflictsAbout(world.store, account.Id)).toEqual([]);
  });

  test('of the same field: the later one wins on both sides, and both values are on record', async () => {
    const { row, account } = await createdInPostgres(world, 'One field');
    await agreement(world);
    // The writer is held still, so that neither side can learn of the other's edit before both are made.
    await world.stack.services.writer?.process.stop();
    await world.sales.update('Account', account.Id, { Industry: 'From Salesforce' });
    await seen('the next second, in which Postgres is later by any clock', async () => {
      const { rows } = await world.database.query<{ later: boolean }>(
        "SELECT date_trunc('second', now()) > $1::timestamptz AS later",
        [(await accountBy(world.sales, 'Id', account.Id))?.LastModifiedDate],
      );
      return rows[0]?.later === true;
    });
    await world.database.query("UPDATE accounts SET industry_type = 'From Postgres' WHERE id = $1", [row.id]);
    await world.stack.restart('writer');
    await seen(
      'the winner in Salesforce',
      async () => (await accountBy(world.sales, 'Id', account.Id))?.Industry === 'From Postgres',
    );
    await agreement(world);
    const values = (await conflictsAbout(world.store, account.Id))
      .filter((conflict) => conflict['field'] === 'industry_type')
      .map((conflict) => [String(conflict['incoming_value']), String(conflict['canonical_value'])].toSorted());
    expect(values).toEqual([['From Postgres', 'From Salesforce']]);
  });

  test('an edit that did not know of the delete does not revive the record', async () => {
    const { row, account } = await createdInPostgres(world, 'Delete wins');
    await agreement(world);
    await world.stack.services.writer?.process.stop();
    await world.database.query('DELETE FROM accounts WHERE id = $1', [row.id]);
    await world.sales.update('Account', account.Id, { Industry: 'Too late' });
    await world.stack.restart('writer');
    await seen('gone in Salesforce', async () => (await accountBy(world.sales, 'Id', account.Id)) === undefined);
    await agreement(world);
    expect(await rowBy(world.database, 'account_name', 'Delete wins')).toBeUndefined();
    expect(await conflictsAbout(world.store, account.Id)).toMatchObject([{ field: '$exists' }]);
  });
});

test('50 quick updates of one row: no side ever shows an older value again', async () => {
  const { row, account } = await createdInPostgres(world, 'Quick');
  const shown: { postgres: number[]; salesforce: number[] } = { postgres: [], salesforce: [] };
  const stop = new AbortController();
  const sampling = Promise.all([
    sample(
      shown.postgres,
      async () => Number((await rowBy(world.database, 'id', row.id))?.annual_revenue),
      stop.signal,
    ),
    sample(
      shown.salesforce,
      async () => Number((await accountBy(world.sales, 'Id', account.Id))?.AnnualRevenue),
      stop.signal,
    ),
  ]);
  for (let value = 2001; value <= 2050; value++) {
    await world.database.query('UPDATE accounts SET annual_revenue = $2 WHERE id = $1', [row.id, value]);
  }
  await seen(
    'the last value in Salesforce',
    async () => (await accountBy(world.sales, 'Id', account.Id))?.AnnualRevenue === 2050,
  );
  await agreement(world);
  stop.abort();
  await sampling;
  expect(shown.postgres).toEqual(shown.postgres.toSorted((a, b) => a - b));
  expect(shown.salesforce).toEqual(shown.salesforce.toSorted((a, b) => a - b));
  expect(shown.salesforce.at(-1)).toBe(2050);
  expect(shown.postgres.length).toBeGreaterThan(50);
});

async function sample(into: number[], read: () => Promise<number>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) into.push(await read());
}

/** What Concord told the systems about a record, in order. */
async function commandsAbout(nativeId: string): Promise<string[]> {
  const { rows } = await world.store.query<{ record_id: string }>(
    "SELECT record_id FROM identity WHERE system = 'postgres' AND native_id = $1",
    [nativeId],
  );
  return (await decisionsIn(world))
    .filter(({ recordId, type }) => recordId === rows[0]?.record_id && type === 'command_issued')
    .map(({ system, command }) => `${command?.operation} ${system}`);
}
