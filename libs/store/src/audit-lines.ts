/**
 * The stored form of the audit: one row holds what a commit decided about many records, a line of JSON each, compressed
 * together (docs/adr/20261125-messages-in-batches.md).
 */
import { compressed, decompressed } from './compressed.ts';

/** Everything that one commit decided about one record. */
export type AuditRow = {
  readonly recordId: string;
  readonly entity: string;
  /** The record's version afterwards. */
  readonly version: number;
  /** JSON text: the decisions in the order in which they were taken. */
  readonly decisions: string;
  /** Commit time of the newest source change that was decided on, else of the decision; ms since the epoch. */
  readonly at: number;
};

export type AuditEntry = Omit<AuditRow, 'decisions' | 'at'> & {
  readonly decisions: readonly unknown[];
  readonly at: Date;
};

/** One row of the table. */
export type AuditBatch = { readonly recordIds: string[]; readonly lines: Buffer };

/** What is read together to tell the story of a single record stays small. */
const RECORDS_MAX = 500;
const CHARACTERS_MAX = 1_000_000;

export function packAudit(rows: readonly AuditRow[]): AuditBatch[] {
  const batches: AuditBatch[] = [];
  let recordIds: string[] = [];
  let lines = '';
  const close = (): void => {
    if (recordIds.length > 0) batches.push({ recordIds, lines: compressed(Buffer.from(lines)) });
    recordIds = [];
    lines = '';
  };
  for (const row of rows) {
    if (recordIds.length >= RECORDS_MAX || lines.length >= CHARACTERS_MAX) close();
    recordIds.push(row.recordId);
    lines += lineOf(row);
  }
  close();
  return batches;
}

export function unpackAudit(lines: Buffer, recordId?: string): AuditEntry[] {
  return decompressed(lines)
    .toString()
    .split('\n')
    .filter((line) => line !== '' && (recordId === undefined || line.startsWith(`{"recordId":"${recordId}"`)))
    .map((line) => {
      const entry = JSON.parse(line) as AuditEntry & { at: number };
      return { ...entry, at: new Date(entry.at) };
    });
}

/** The decisions are JSON already. */
function lineOf({ recordId, entity, version, at, decisions }: AuditRow): string {
  return `{"recordId":"${recordId}","entity":${JSON.stringify(entity)},"version":${version},"at":${at},"decisions":${decisions}}\n`;
}
