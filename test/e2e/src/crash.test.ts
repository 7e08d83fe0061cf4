/**
 * Goal: no crash loses, doubles or reverts anything. Method: two people make 2,000 changes, each value unique, while every
 * service in turn is killed with -9 and the broker once; then both sides must be equal, every record must be there once, and
 * every value that a person wrote must be current, or stand in the audit as knowingly replaced, or in a conflict.
 * CONCORD_CRASH_CHANGES and CONCORD_CRASH_SEED repeat a run with other sizes and other chance.
 */
import { randomFrom } from '@concord/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decisionsIn } from './audit.ts';
import { agreement, closeWorld, openWorld, seen, type World } from './world.ts';

const CHANGES = Number(process.env['CONCORD_CRASH_CHANGES'] ?? 2_000);
const SEED = Number(process.env['CONCORD_CRASH_SEED'] ?? 1);
const RECORDS = 60;
const SERVICES = ['resolver', 'writer', 'ingest-postgres', 'ingest-salesforce'] as const;

type Written = { readonly record: string; readonly value: string };

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(closeWorld);

test(`${CHANGES} changes on both sides while everything is killed in turn`, { timeout: 600_000 }, async () => {
  const random = randomFrom(SEED);
  const written: Written[] = [];
  const deleted = new Set<string>();
  const names = Array.from({ length: RECORDS }, (_, index) => `crash-${SEED}-${index}`);
  await world.database.query(
    'INSERT INTO accounts (account_name, industry_type) SELECT name, name FROM unnest($1::text[]) AS name',
    [names],
  );
  const accounts = await seen('all records in Salesforce', () => accountsNamed(names), 120_000);

  const killing = killInTurn(() => written.length + deleted.size);
  for (let change = 0; change < CHANGES; change++) {
    const name = random.pick(names);
    const value = `${name}-v${change}`;
    const inPostgres = random.chance(0.5);
    if (random.chance(0.01)) {
      if (inPostgres) await world.database.query('DELETE FROM accounts WHERE account_name = $1', [name]);
      else await tolerantly(() => world.sales.remove('Account', accounts.get(name) as string));
      deleted.add(name);
    } else if (inPostgres) {
      const { rowCount } = await world.database.query(
        'UPDATE accounts SET industry_type = $2 WHERE account_name = $1',
        [name, value],
      );
      if (rowCount === 1) written.push({ record: name, value });
    } else if (
      await tolerantly(() => world.sales.update('Account', accounts.get(name) as string, { Industry: value }))
    ) {
      written.push({ record: name, value });
    }
  }
  const kills = await killing(CHANGES);
  expect(kills).toEqual([...SERVICES, 'kafka']);
  const records = await agreement(world, 240_000);
  expect(records).toBeGreaterThan(0);

  const rows = await world.database.query<{ account_name: string; industry_type: string }>(
    "SELECT account_name, industry_type FROM accounts WHERE account_name LIKE 'crash-%'",
  );
  const inSalesforce = await world.sales.query("SELECT Id, Name FROM Account WHERE Name LIKE 'crash-%'");
  const alive = names.filter((name) => !deleted.has(name)).toSorted();
  expect(rows.rows.map((row) => row.account_name).toSorted()).toEqual(alive);
  expect(inSalesforce.map((record) => record['Name'] as string).toSorted()).toEqual(alive);

  const explained = await explainedValues();
  for (const { industry_type: value } of rows.rows) explained.add(value);
  const unexplained = written.filter(({ record, value }) => !explained.has(value) && !deleted.has(record));
  expect(unexplained).toEqual([]);
});

/** Every value that the audit shows as replaced in knowledge of it, and both sides of every conflict. */
async function explainedValues(): Promise<Set<string>> {
  const replaced = (await decisionsIn(world))
    .filter(({ type }) => type === 'fast_forwarded' || type === 'derived')
    .flatMap(({ fields = [] }) => fields.map(({ previous }) => previous))
    .filter((value) => typeof value === 'string');
  const conflicts = await world.store.query<{ value: string }>(
    "SELECT incoming_value #>> '{}' AS value FROM conflict UNION SELECT canonical_value #>> '{}' FROM conflict",
  );
  return new Set([...replaced, ...conflicts.rows.map(({ value }) => value)]);
}

/** Kills a service, and at last the broker, each time another share of the changes is made; every one is back before the next dies. */
function killInTurn(made: () => number): (total: number) => Promise<string[]> {
  const killed: string[] = [];
  let total = CHANGES;
  const run = (async () => {
    for (const [index, name] of [...SERVICES, 'kafka' as const].entries()) {
      await seen(
        `share ${index + 1} of the changes`,
        async () => made() >= (total * (index + 1)) / (SERVICES.length + 2),
        300_000,
      );
      const process = name === 'kafka' ? world.platform.process('kafka') : world.stack.services[name]?.process;
      await process?.kill('SIGKILL');
      await process?.restart();
      killed.push(name);
    }
  })();
  return async (changes) => {
    // Deletes of records that are gone already count for less than the loop; what is made is made.
    total = Math.min(total, changes, made());
    await run;
    return killed;
  };
}

/** A record may be gone already when the person reaches for it: that is the person's answer, not a failure. */
async function tolerantly(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (/404|ENTITY_IS_DELETED|NOT_FOUND/.test((error as Error).message)) return false;
    throw error;
  }
}

async function accountsNamed(names: readonly string[]): Promise<Map<string, string> | false> {
  const found = await world.sales.query("SELECT Id, Name FROM Account WHERE Name LIKE 'crash-%'");
  const byName = new Map(found.map((record) => [record['Name'] as string, record.Id]));
  return names.every((name) => byName.has(name)) && byName;
}
