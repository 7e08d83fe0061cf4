/**
 * What a database needs so that its changes can be read: a publication with the mapped tables, whole old rows in the log, and
 * a table through which Debezium is told to read rows anew. Everything is looked at first and changed only where needed.
 *
 * On PostgreSQL 18 a table with REPLICA IDENTITY FULL must publish its generated columns, or the *users'* updates fail. The
 * publication can do so for stored columns only; a table with virtual ones keeps its identity and tells no old values.
 */
import type { TableDescription } from '../catalogue/describe-table.ts';
import type { PostgresPool } from '../connection.ts';
import { postgresError } from '../errors.ts';
import { quoteName, quoteObject } from '../names.ts';
import { signalTable } from './names.ts';

const GENERATED_COLUMNS_SINCE = 180_000;

export type SourceNeeds = {
  readonly pool: PostgresPool;
  readonly publication: string;
  readonly tables: readonly TableDescription[];
  readonly serverVersion: number;
};

/** Returns a line for each thing that is now as it must be. */
export async function setUpSource({ pool, publication, tables, serverVersion }: SourceNeeds): Promise<string[]> {
  await pool.query('CREATE SCHEMA IF NOT EXISTS concord');
  await pool.query(
    `CREATE TABLE IF NOT EXISTS ${signalTable} (id varchar(42) PRIMARY KEY, type varchar(32) NOT NULL, data varchar(2048))`,
  );
  const lines: string[] = [];
  const hasGeneratedOption = serverVersion >= GENERATED_COLUMNS_SINCE;
  // Before the identity: an identity with unpublished columns would refuse updates until the publication follows.
  lines.push(await publish(pool, publication, { tables, hasGeneratedOption }));
  for (const table of tables) lines.push(await identify(pool, table, hasGeneratedOption));
  return lines;
}

type PublicationRow = {
  all_tables: boolean;
  via_root: boolean;
  operations: boolean;
  generated: string;
  tables: string[];
  filtered: string[];
};

const PUBLICATION = `SELECT p.puballtables AS all_tables, p.pubviaroot AS via_root, p.pubinsert AND p.pubupdate AND p.pubdelete AND p.pubtruncate AS operations,
  coalesce(to_jsonb(p) ->> 'pubgencols', 'n') AS generated,
  coalesce(array_agg(n.nspname || '.' || c.relname) FILTER (WHERE c.oid IS NOT NULL), '{}') AS tables,
  coalesce(array_agg(n.nspname || '.' || c.relname) FILTER (WHERE r.prqual IS NOT NULL OR r.prattrs IS NOT NULL), '{}') AS filtered
  FROM pg_publication p LEFT JOIN pg_publication_rel r ON r.prpubid = p.oid LEFT JOIN pg_class c ON c.oid = r.prrelid
  LEFT JOIN pg_namespace n ON n.oid = c.relnamespace WHERE p.pubname = $1 GROUP BY p.oid`;

async function publish(
  pool: PostgresPool,
  publication: string,
  { tables, hasGeneratedOption }: { tables: readonly TableDescription[]; hasGeneratedOption: boolean },
): Promise<string> {
  const objects = [...new Set([...tables.map(({ object }) => object), signalTable])].sort();
  const list = objects.map(quoteObject).join(', ');
  const options = `publish = 'insert, update, delete, truncate', publish_via_partition_root = true${hasGeneratedOption ? ', publish_generated_columns = stored' : ''}`;
  const line = `publication ${publication} covers ${tables.map(({ object }) => object).join(', ')}`;
  const [found] = await pool.query<PublicationRow>(PUBLICATION, [publication]);
  if (found === undefined) {
    await pool.query(`CREATE PUBLICATION ${quoteName(publication)} FOR TABLE ${list} WITH (${options})`);
    return `${line} (created)`;
  }
  if (found.all_tables) throw foreignPublication(pool, publication, 'is FOR ALL TABLES');
  if (found.filtered.length > 0) throw foreignPublication(pool, publication, `filters ${found.filtered.join(', ')}`);
  const isGeneratedRight = !hasGeneratedOption || found.generated === 's';
  if (!found.via_root || !found.operations || !isGeneratedRight) {
    await pool.query(`ALTER PUBLICATION ${quoteName(publication)} SET (${options})`);
  }
  if (found.tables.sort().join('\n') === objects.join('\n')) return line;
  await pool.query(`ALTER PUBLICATION ${quoteName(publication)} SET TABLE ${list}`);
  return `${line} (altered)`;
}

async function identify(pool: PostgresPool, table: TableDescription, hasGeneratedOption: boolean): Promise<string> {
  if (hasGeneratedOption && table.columns.some(({ generated }) => generated === 'virtual')) {
    return `${table.object} keeps replica identity "${table.replicaIdentity}": it has a virtual generated column, so old values are not told`;
  }
  const line = `${table.object} logs whole old rows`;
  if (table.replicaIdentity === 'full') return line;
  await pool.query(`ALTER TABLE ${quoteObject(table.object)} REPLICA IDENTITY FULL`);
  return `${line} (replica identity set to full)`;
}

function foreignPublication(pool: PostgresPool, publication: string, what: string): Error {
  return postgresError('postgres.publication_unfit', 'halt', {
    message: `Publication "${publication}" at ${pool.where} ${what}`,
    hint: 'Concord makes this publication itself. Drop it, then run "apply" again.',
  });
}

/** Asks Debezium to read tables again while the stream goes on; what is streamed meanwhile wins. */
export async function requestSnapshot(pool: PostgresPool, id: string, objects: readonly string[]): Promise<void> {
  const data = JSON.stringify({ 'data-collections': objects, type: 'incremental' });
  await pool.query(`INSERT INTO ${signalTable} (id, type, data) VALUES ($1, 'execute-snapshot', $2)`, [id, data]);
}
