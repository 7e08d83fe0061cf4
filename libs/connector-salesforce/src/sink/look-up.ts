/**
 * What became of writes whose answer is not known: the rows are read back, the recycle bin included, and the stamp tells
 * whether a write has happened. Also finds the Salesforce id of records that the command knows only by its own id, and reads
 * what a guarded write has to be compared with.
 */
import { SYNC_BASE_FIELD, SYNC_ID_FIELD, SYNC_REVISION_FIELD, SYNC_STAMP_FIELD } from '../connection.ts';
import { baseOf } from '../guard/guard.ts';
import { isStampOf } from '../normalize/stamp.ts';
import { ROWS_PER_READ_MAX, type Row, type SalesforceRest } from '../rest/rest-client.ts';
import { soqlIn, soqlSelect } from '../rest/soql.ts';
import { settled, type RowVerdict } from './row-outcomes.ts';
import type { Write } from './writes.ts';

const FIELDS = ['Id', SYNC_ID_FIELD, SYNC_STAMP_FIELD, 'IsDeleted'];

/** Values per query: keeps the URI below the server's 16 kB with room to spare. */
const VALUES_PER_QUERY_MAX = 150;

/** A write without a final outcome. `isUnsure`: it may have happened. */
export type Doubt = { readonly write: Write; readonly isUnsure: boolean };

/** Which objects are guarded, and a mark that no other call carries, for the stamps of repeated writes. */
export type Guarding = { readonly isGuarded: (object: string) => boolean; readonly mark: () => string };

/** `todo`: still to be sent, with what was found. */
export type Finding = RowVerdict | { readonly kind: 'todo'; readonly write: Write };

export async function lookUp(
  rest: SalesforceRest,
  doubts: readonly Doubt[],
  guarding: Guarding,
): Promise<readonly Finding[]> {
  const rows = new Map<string, Row[]>();
  for (const [object, ofObject] of Map.groupBy(doubts, ({ write }) => write.object)) {
    const writes = ofObject.map(({ write }) => write);
    for (const row of await readBack(rest, object, writes, guarding.isGuarded(object))) {
      for (const key of [String(row['Id']), String(row[SYNC_ID_FIELD]).toLowerCase()]) {
        const own = `${object} ${key}`;
        rows.set(own, [...(rows.get(own) ?? []), row]);
      }
    }
  }
  return doubts.map((doubt) => {
    const { write } = doubt;
    return findingOf(doubt, rows.get(`${write.object} ${keyOf(write)}`) ?? [], guarding);
  });
}

/** Compares guarded writes, which surely have not happened yet, with the rows as they are now. */
export async function readLatest(rest: SalesforceRest, writes: readonly Write[]): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const [object, ofObject] of Map.groupBy(writes, (write) => write.object)) {
    const fields = ['Id', ...guardFields(ofObject)];
    for (let from = 0; from < ofObject.length; from += ROWS_PER_READ_MAX) {
      const part = ofObject.slice(from, from + ROWS_PER_READ_MAX);
      const rows = await rest.readRows(
        object,
        part.map(({ nativeId }) => nativeId as string),
        fields,
      );
      part.forEach((write, index) => findings.push(compared(write, rows[index] ?? null)));
    }
  }
  return findings;
}

function guardFields(writes: readonly Write[]): string[] {
  return [...new Set([SYNC_REVISION_FIELD, ...writes.flatMap(({ comparison }) => comparison.natives)])];
}

async function readBack(
  rest: SalesforceRest,
  object: string,
  writes: readonly Write[],
  isGuarded: boolean,
): Promise<Row[]> {
  const rows: Row[] = [];
  const fields = isGuarded ? [...FIELDS, ...guardFields(writes)] : FIELDS;
  for (const [field, ofField] of Map.groupBy(writes, (write) => (isById(write) ? 'Id' : SYNC_ID_FIELD))) {
    for (let from = 0; from < ofField.length; from += VALUES_PER_QUERY_MAX) {
      const values = ofField.slice(from, from + VALUES_PER_QUERY_MAX).map(keyOf);
      const soql = soqlSelect(object, fields, [soqlIn(field, values)]);
      rows.push(...(await rest.query(soql, { includeDeleted: true })).rows);
    }
  }
  return rows;
}

function findingOf({ write, isUnsure }: Doubt, rows: readonly Row[], { isGuarded, mark }: Guarding): Finding {
  const stamped = rows.find((row) => isStampOf(write.command, row[SYNC_STAMP_FIELD]));
  const alive = rows.find((row) => row['IsDeleted'] !== true) ?? null;
  const { operation } = write.command;
  if (operation !== 'delete' && stamped !== undefined) {
    return settled(write, { result: 'applied', nativeId: String(stamped['Id']) });
  }
  const guarded = isGuarded(write.object);
  const again: Write = guarded && isUnsure ? { ...repeated(write, mark()), wasInDoubt: true } : write;
  if (operation === 'create') {
    if (!guarded || alive === null) return { kind: 'todo', write: again };
    return settled(write, { result: 'stale', code: 'sink.row_exists', reason: 'the record exists in Salesforce' });
  }
  if (guarded || alive === null) return compared(again, alive);
  return { kind: 'todo', write: { ...again, nativeId: String(alive['Id']) } };
}

/** A stamp of its own makes the guard judge the first call too, should it arrive after this one. */
function repeated(write: Write, mark: string): Write {
  return { ...write, row: { ...write.row, [SYNC_STAMP_FIELD]: `${write.stamp}/${mark}` } };
}

/** What a write meets in the record's latest row. A delete cannot carry a base: it only is compared. */
function compared(write: Write, row: Row | null): Finding {
  const { operation } = write.command;
  if (row === null) {
    return operation === 'delete'
      ? settled(write, { result: 'applied', nativeId: write.nativeId })
      : settled(write, { result: 'stale', code: 'sink.row_missing', reason: 'the record is deleted in Salesforce' });
  }
  const staleFields = write.comparison.staleFields(row);
  if (staleFields.length > 0) return settled(write, { result: 'stale', staleFields });
  const nativeId = String(row['Id']);
  if (operation === 'delete') return { kind: 'todo', write: { ...write, nativeId } };
  const base = baseOf(row[SYNC_REVISION_FIELD]);
  return { kind: 'todo', write: { ...write, nativeId, row: { ...write.row, [SYNC_BASE_FIELD]: base } } };
}

function isById({ command, nativeId }: Write): boolean {
  return command.operation !== 'create' && nativeId !== null;
}

function keyOf(write: Write): string {
  return isById(write) ? (write.nativeId as string) : write.command.recordId;
}
