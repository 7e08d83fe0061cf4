/**
 * The story that `npm start` plays with the example's accounts: edits on either side, at the same moment too, and a delete.
 * It works as two people would, one with SQL and one with Salesforce's REST API, and watches both systems by the same means.
 */
import type { Client } from 'pg';
import { bold, dim, green } from './colours.ts';
import { describeChange, drawTable, type Side } from './start/side-by-side.ts';
import type { SalesUser } from './start/sales-user.ts';
import { isSame, textOf } from './start/same-value.ts';
import { waitUntil } from './wait-until.ts';

export type Stage = {
  database: Client;
  store: Client;
  salesforce: SalesUser;
  print: (line: string) => void;
};

type Account = { rowId: number | undefined; salesforceId: string | undefined };
type Both = { postgres: Side; salesforce: Side };

const fields = ['sf_id', 'name', 'industry', 'revenue'];
const stepWithinMs = 60_000;
const lookEveryMs = 20;

export async function playStory(stage: Stage): Promise<void> {
  const round = await nextRound(stage);
  const mills = await insertRow(stage, `Aurora Mills ${round}`);
  await createAccount(stage, `Harbour Freight ${round}`);

  await step(stage, 'Sales sets the industry in Salesforce.', mills, async () => {
    await stage.salesforce.update('Account', String(mills.salesforceId), { Industry: 'Agriculture' });
  });
  await step(stage, 'Finance corrects the revenue in Postgres.', mills, async () => {
    await stage.database.query('UPDATE accounts SET annual_revenue = 1250000 WHERE id = $1', [mills.rowId]);
  });
  await step(stage, 'Both edit at the same moment, different fields: both edits stay.', mills, async () => {
    await Promise.all([
      stage.database.query('UPDATE accounts SET annual_revenue = 1300000 WHERE id = $1', [mills.rowId]),
      stage.salesforce.update('Account', String(mills.salesforceId), { Industry: 'Food & Beverage' }),
    ]);
  });
  await editTheSameField(stage, mills, round);
  await step(stage, 'The row is deleted in Postgres.', mills, async () => {
    await stage.database.query('DELETE FROM accounts WHERE id = $1', [mills.rowId]);
  });
}

async function insertRow(stage: Stage, name: string): Promise<Account> {
  const account: Account = { rowId: undefined, salesforceId: undefined };
  await step(stage, 'A row is inserted in Postgres.', account, async () => {
    const inserted = await stage.database.query<{ id: number }>(
      'INSERT INTO accounts (account_name, annual_revenue) VALUES ($1, 1200000) RETURNING id',
      [name],
    );
    account.rowId = inserted.rows[0]?.id;
  });
  return account;
}

async function createAccount(stage: Stage, name: string): Promise<void> {
  const account: Account = { rowId: undefined, salesforceId: undefined };
  await step(stage, 'An Account is created in Salesforce.', account, async () => {
    account.salesforceId = await stage.salesforce.create('Account', { Name: name, Industry: 'Shipping' });
  });
}

/** Which edit wins is for the policy (last write wins) to say; that both values are kept is for the conflict to show. */
/** Which edit wins is for the policy (last write wins) to say; that both values are kept is for the conflict to show. */
async function editTheSameField(stage: Stage, account: Account, round: number): Promise<void> {
  const before = await readConflicts(stage.store);
  const title = 'Both edit the name at the same moment: the policy decides, and both values are on record.';
  await step(stage, title, account, async () => {
    const [ours, theirs] = [`Aurora Mills Ltd ${round}`, `Aurora Mills Inc ${round}`];
    await Promise.all([
      stage.database.query('UPDATE accounts SET account_name = $1 WHERE id = $2', [ours, account.rowId]),
      stage.salesforce.update('Account', String(account.salesforceId), { Name: theirs }),
    ]);
  });
  const conflicts = (await readConflicts(stage.store)).slice(before.length);
  for (const { incoming, canonical, policy, winner } of conflicts) {
    const [won, lost] = winner === 'incoming' ? [incoming, canonical] : [canonical, incoming];
    stage.print(`   on record: ${bold(textOf(won) ?? 'nothing')} won over ${textOf(lost) ?? 'nothing'} (${policy})`);
  }
  if (conflicts.length === 0) stage.print(dim('   (one of the two had seen the other: no conflict this time)'));
}

/** Acts, then watches both sides and tells each change until they are equal again. */
async function step(stage: Stage, title: string, account: Account, act: () => Promise<void>): Promise<void> {
  stage.print(`\n${bold(`▶ ${title}`)}`);
  let seen = await look(stage, account);
  const begun = performance.now();
  const elapsed = () => `${Math.round(performance.now() - begun)} ms`;
  await act();
  const agreed = await waitUntil(
    async () => {
      const now = await look(stage, account);
      tell(stage, elapsed(), seen, now);
      seen = now;
      return isEqual(now) && now;
    },
    {
      what: 'Both sides agreeing',
      deadlineMs: stepWithinMs,
      everyMs: lookEveryMs,
      hint: 'See the logs of the services.',
    },
  );
  if (agreed.postgres !== undefined) stage.print(drawTable(fields, agreed.postgres, agreed.salesforce));
  stage.print(`   ${green('✔ both sides agree')} ${dim(`after ${elapsed()}`)}`);
}

function tell(stage: Stage, elapsed: string, before: Both, now: Both): void {
  const changes = [
    describeChange('Postgres', before.postgres, now.postgres),
    describeChange('Salesforce', before.salesforce, now.salesforce),
  ];
  for (const change of changes) {
    if (change !== '') stage.print(`${dim(elapsed.padStart(9))}  ${change}`);
  }
}

async function look({ database, salesforce }: Stage, account: Account): Promise<Both> {
  const rows = await database.query<{ id: number; sf_id: string | null; name: string }>(
    'SELECT id, sf_id, account_name AS name, industry_type AS industry, annual_revenue AS revenue FROM accounts WHERE id = $1 OR sf_id = $2',
    [account.rowId, account.salesforceId],
  );
  const row = rows.rows[0];
  account.rowId ??= row?.id;
  const condition =
    account.salesforceId === undefined ? `Name = '${row?.name ?? ''}'` : `Id = '${account.salesforceId}'`;
  const [record] = await salesforce.query(`SELECT Id, Name, Industry, AnnualRevenue FROM Account WHERE ${condition}`);
  account.salesforceId ??= record?.Id;
  return {
    postgres: row && pick(row, { sf_id: 'sf_id', name: 'name', industry: 'industry', revenue: 'revenue' }),
    salesforce: record && pick(record, { sf_id: 'Id', name: 'Name', industry: 'Industry', revenue: 'AnnualRevenue' }),
  };
}

function pick(from: Record<string, unknown>, names: Record<string, string>): Side {
  return Object.fromEntries(Object.entries(names).map(([to, name]) => [to, from[name] ?? null]));
}

function isEqual({ postgres, salesforce }: Both): boolean {
  if (postgres === undefined || salesforce === undefined) return postgres === salesforce;
  return fields.every((field) => isSame(postgres[field], salesforce[field]));
}

type ConflictRow = { incoming: unknown; canonical: unknown; policy: string; winner: string };

async function readConflicts(store: Client): Promise<ConflictRow[]> {
  const { rows } = await store.query<ConflictRow>(
    'SELECT incoming_value AS incoming, canonical_value AS canonical, policy, winner FROM conflict ORDER BY id',
  );
  return rows;
}

/** Each story leaves one account behind; the next one uses other names. */
async function nextRound({ database }: Stage): Promise<number> {
  const { rows } = await database.query<{ count: string }>(
    "SELECT count(*) FROM accounts WHERE account_name LIKE 'Harbour Freight %'",
  );
  return Number(rows[0]?.count) + 1;
}
