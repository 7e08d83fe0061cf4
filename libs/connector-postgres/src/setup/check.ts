/** Looks at a database before anything is changed: whatever would make the set-up or the stream fail, each with its remedy. */
import type { TableDescription } from '../catalogue/describe-table.ts';
import type { PostgresPool } from '../connection.ts';
import { quoteObject } from '../names.ts';
import { signalTable } from './names.ts';
import { requireVersion } from './target.ts';

export type Finding = { readonly code: string; readonly message: string; readonly hint: string };

type ServerRow = {
  wal_level: string;
  encoding: string;
  in_recovery: boolean;
  slots_free: number;
  senders: number;
  may_replicate: boolean;
  may_create: boolean;
  slot_status: string | null;
};

const SERVER = `SELECT current_setting('wal_level') AS wal_level, pg_encoding_to_char(d.encoding) AS encoding, pg_is_in_recovery() AS in_recovery,
  current_setting('max_replication_slots')::int - (SELECT count(*)::int FROM pg_replication_slots) AS slots_free, current_setting('max_wal_senders')::int AS senders,
  r.rolsuper OR r.rolreplication OR pg_has_role(current_user, r.oid, 'USAGE') AND EXISTS (SELECT FROM pg_roles m
    WHERE m.rolname IN ('rds_replication', 'azure_pg_admin', 'cloudsqlsuperuser') AND pg_has_role(current_user, m.oid, 'USAGE')) AS may_replicate,
  has_database_privilege(current_database(), 'CREATE') AS may_create,
  (SELECT s.wal_status FROM pg_replication_slots s WHERE s.slot_name = $1) AS slot_status
  FROM pg_database d, pg_roles r WHERE d.datname = current_database() AND r.rolname = current_user`;

type TableRow = { owns: boolean; may_select: boolean; may_write: boolean };

const TABLE = `SELECT pg_has_role(current_user, c.relowner, 'USAGE') AS owns, has_table_privilege(c.oid, 'SELECT') AS may_select,
  has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE') AS may_write
  FROM pg_class c WHERE c.oid = $1::regclass`;

export async function checkDatabase(
  pool: PostgresPool,
  { slot, tables }: { slot: string; tables: readonly TableDescription[] },
): Promise<Finding[]> {
  await requireVersion(pool);
  const [server] = await pool.query<ServerRow>(SERVER, [slot]);
  const findings = server === undefined ? [] : serverFindings(server, pool, slot);
  for (const table of tables) {
    for (const problem of table.problems)
      findings.push({
        code: 'postgres.table_unfit',
        message: `${table.object} cannot be synchronized as it is`,
        hint: problem,
      });
    const [rights] = await pool.query<TableRow>(TABLE, [quoteObject(table.object)]);
    if (rights !== undefined) findings.push(...tableFindings(rights, table.object));
  }
  return findings;
}

function serverFindings(server: ServerRow, pool: PostgresPool, slot: string): Finding[] {
  const at = `at ${pool.where}`;
  const checks: readonly (readonly [isWrong: boolean, message: string, hint: string])[] = [
    [
      server.wal_level !== 'logical',
      `wal_level is "${server.wal_level}" ${at}`,
      'Set wal_level = logical in postgresql.conf and restart the server.',
    ],
    [
      server.encoding !== 'UTF8',
      `The database ${at} has encoding ${server.encoding}`,
      'The change stream needs UTF8: move the data to a UTF8 database.',
    ],
    [server.in_recovery, `The server ${at} is a standby`, 'Connect to the primary.'],
    [
      server.slot_status === null && server.slots_free < 1,
      `No replication slot is free ${at}`,
      'Raise max_replication_slots and restart, or drop slots that nobody reads.',
    ],
    [server.senders < 1, `max_wal_senders is ${server.senders} ${at}`, 'Raise max_wal_senders and restart the server.'],
    [
      !server.may_replicate,
      `The role may not replicate ${at}`,
      'ALTER ROLE <role> REPLICATION (managed clouds: grant their replication role).',
    ],
    [
      !server.may_create,
      `The role may not create schemas or publications ${at}`,
      'GRANT CREATE ON DATABASE <database> TO <role>.',
    ],
    [
      server.slot_status === 'lost',
      `Slot ${slot} ${at} is lost: changes are missing`,
      'Drop the slot and its connector, run "apply", then resync with "backfill".',
    ],
  ];
  return checks.flatMap(([isWrong, message, hint]) => (isWrong ? [{ code: 'postgres.unfit', message, hint }] : []));
}

function tableFindings({ owns, may_select: maySelect, may_write: mayWrite }: TableRow, object: string): Finding[] {
  const findings: Finding[] = [];
  const code = 'sink.permission';
  if (!owns) {
    const hint = `ALTER TABLE ${quoteObject(object)} OWNER TO <a role both belong to>: publishing a table and its replica identity need ownership.`;
    findings.push({ code, message: `The role does not own ${object}`, hint });
  }
  if (!maySelect || !mayWrite) {
    const hint = `GRANT SELECT, INSERT, UPDATE, DELETE ON ${quoteObject(object)} TO <role>. It also needs INSERT on ${signalTable}.`;
    findings.push({ code, message: `The role may not read and write ${object}`, hint });
  }
  return findings;
}
