/** `apply` for one Postgres system: everything that must exist there, in Kafka Connect too. Safe to run at any time. */
import { randomUUID } from 'node:crypto';
import type { PostgresSystemConfig } from '@concord/config';
import type { EntityPlan } from '@concord/contracts';
import { columnOfTable, describeTable, type TableDescription } from '../catalogue/describe-table.ts';
import type { PostgresPool } from '../connection.ts';
import { checkDatabase, type Finding } from './check.ts';
import { ConnectClient } from './connect-client.ts';
import { ensureConnector, renderConnector } from './connector.ts';
import { connectorNameOf, publicationNameOf, slotNameOf } from './names.ts';
import { requestSnapshot, setUpSource } from './source.ts';
import { requireVersion, setUpTarget } from './target.ts';

export type PostgresNeeds = {
  readonly pool: PostgresPool;
  readonly config: PostgresSystemConfig;
  /** Those that name this system count. */
  readonly plans: readonly EntityPlan[];
};

export type PostgresSetUp = PostgresNeeds & {
  readonly connectUrl: string;
  readonly registryUrl: string;
  /** What stands for the password in the connector's config (`${file:…:…}`); without it the password itself. */
  readonly connectorPassword?: string;
};

/** What stands in the way; empty when `setUpPostgres` can go ahead. */
export async function checkPostgres({ pool, config, plans }: PostgresNeeds): Promise<Finding[]> {
  const tables = await tablesOf(pool, config.name, plans);
  if (capturedOf(config.name, plans).length === 0 && tables.length > 0) return [];
  return checkDatabase(pool, { slot: slotNameOf(config.name, config.database), tables });
}

/** Returns a line for each thing that is now as it must be. */
export async function setUpPostgres(needs: PostgresSetUp): Promise<string[]> {
  const { pool, config, plans } = needs;
  const serverVersion = await requireVersion(pool);
  await setUpTarget(pool);
  const tables = await tablesOf(pool, config.name, capturedOf(config.name, plans));
  if (tables.length === 0) return ['concord.progress exists'];
  const publication = publicationNameOf(config.name);
  const lines = ['concord.progress exists', ...(await setUpSource({ pool, publication, tables, serverVersion }))];
  return [...lines, ...(await setUpConnector(needs, tables))];
}

async function setUpConnector(needs: PostgresSetUp, tables: readonly TableDescription[]): Promise<string[]> {
  const { pool, config } = needs;
  const connect = new ConnectClient(needs.connectUrl);
  const name = connectorNameOf(config.name);
  const before = await connect.config(name);
  const objects = tables.map(({ object }) => object);
  const wanted = renderConnector({
    system: config.name,
    target: config,
    password: needs.connectorPassword ?? config.password?.reveal() ?? '',
    objects,
    registryUrl: needs.registryUrl,
  });
  const line = await ensureConnector(connect, name, wanted);
  // A connector that was there reads only the changes of a table that is new to it; its rows must be asked for.
  const known = before?.['table.include.list'];
  const added = known === undefined ? [] : addedTables(known, wanted['table.include.list'] ?? '', objects);
  if (added.length === 0) return [line];
  await requestSnapshot(pool, randomUUID(), added);
  return [line, `the rows of ${added.join(', ')} are read now`];
}

function addedTables(known: string, wanted: string, objects: readonly string[]): string[] {
  const before = new Set(known.split(','));
  return wanted.split(',').flatMap((pattern, index) => (before.has(pattern) ? [] : (objects[index] ?? [])));
}

/** The plans in which somebody listens to this system. */
function capturedOf(system: string, plans: readonly EntityPlan[]): EntityPlan[] {
  return plans.filter((plan) => plan.systems[system]?.captured !== false);
}

async function tablesOf(pool: PostgresPool, system: string, plans: readonly EntityPlan[]): Promise<TableDescription[]> {
  const tables = new Map<string, TableDescription>();
  for (const plan of plans) {
    const planned = plan.systems[system];
    if (planned?.type !== 'postgres') continue;
    const table = await describeTable(pool, planned.object);
    for (const { native } of Object.values(planned.fields)) columnOfTable(pool, table, native);
    tables.set(table.object, table);
  }
  return [...tables.values()];
}
