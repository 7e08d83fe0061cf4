/**
 * What became of writes whose answer is not known: the rows are read back, the recycle bin included, and the stamp tells
 * whether a write has happened. Also finds the Salesforce id of records that the command knows only by its own id.
 */
import { SYNC_ID_FIELD, SYNC_STAMP_FIELD } from '../connection.ts';
import type { Row, SalesforceRest } from '../rest/rest-client.ts';
import { soqlIn, soqlSelect } from '../rest/soql.ts';
import { settled, type RowVerdict } from './row-outcomes.ts';
import type { Write } from './writes.ts';

const FIELDS = ['Id', SYNC_ID_FIELD, SYNC_STAMP_FIELD, 'IsDeleted'];

/** Values per query: keeps the URI below the server's 16 kB with room to spare. */
const VALUES_PER_QUERY_MAX = 150;

/** `todo`: still to be sent, with the id that was found. */
export type Finding = RowVerdict | { readonly kind: 'todo'; readonly write: Write };

export async function lookUp(rest: SalesforceRest, writes: readonly Write[]): Promise<Finding[]> {
  const rows = new Map<string, Row[]>();
  for (const [object, ofObject] of Map.groupBy(writes, (write) => write.object)) {
    for (const row of await readBack(rest, object, ofObject)) {
      for (const key of [String(row['Id']), String(row[SYNC_ID_FIELD]).toLowerCase()]) {
        const own = `${object} ${key}`;
        rows.set(own, [...(rows.get(own) ?? []), row]);
      }
    }
  }
  return writes.map((write) => findingOf(write, rows.get(`${write.object} ${keyOf(write)}`) ?? []));
}

async function readBack(rest: SalesforceRest, object: string, writes: readonly Write[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [field, ofField] of Map.groupBy(writes, (write) => (isById(write) ? 'Id' : SYNC_ID_FIELD))) {
    for (let from = 0; from < ofField.length; from += VALUES_PER_QUERY_MAX) {
      const values = ofField.slice(from, from + VALUES_PER_QUERY_MAX).map(keyOf);
      const soql = soqlSelect(object, FIELDS, [soqlIn(field, values)]);
      rows.push(...(await rest.query(soql, { includeDeleted: true })).rows);
    }
  }
  return rows;
}

function findingOf(write: Write, rows: readonly Row[]): Finding {
  const stamped = rows.find((row) => row[SYNC_STAMP_FIELD] === write.stamp);
  const alive = rows.find((row) => row['IsDeleted'] !== true);
  const { operation } = write.command;
  if (operation !== 'delete' && stamped !== undefined) {
    return settled(write, { result: 'applied', nativeId: String(stamped['Id']) });
  }
  if (operation === 'create') return { kind: 'todo', write };
  if (alive !== undefined) return { kind: 'todo', write: { ...write, nativeId: String(alive['Id']) } };
  return operation === 'delete'
    ? settled(write, { result: 'applied', nativeId: write.nativeId })
    : settled(write, { result: 'stale', code: 'sink.rejected', reason: 'the record is deleted in Salesforce' });
}

function isById({ command, nativeId }: Write): boolean {
  return command.operation !== 'create' && nativeId !== null;
}

function keyOf(write: Write): string {
  return isById(write) ? (write.nativeId as string) : write.command.recordId;
}
