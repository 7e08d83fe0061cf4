/** Goal: what was decided is read as it was stored, whatever a batch holds, and the story of one record without the others. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { packAudit, unpackAudit, type AuditRow } from './audit-lines.ts';

function rowsOf(count: number, value: string): AuditRow[] {
  return Array.from({ length: count }, (_, index) => ({
    recordId: randomUUID(),
    entity: 'a "quoted" one',
    version: index,
    decisions: JSON.stringify([{ type: 'fast_forwarded', value }]),
    at: 1_790_000_000_000 + index,
  }));
}

const entryOf = ({ decisions, at, ...row }: AuditRow) => ({
  ...row,
  decisions: JSON.parse(decisions) as unknown[],
  at: new Date(at),
});

describe('a batch of audit rows', () => {
  test.each([
    ['one short row', rowsOf(1, 'x'), 1],
    ['line breaks, emoji and control characters', rowsOf(3, 'a\nb\r\n🌍\u2028"\\'), 1],
    ['many rows', rowsOf(1_201, 'same'), 3],
    ['long values', rowsOf(3, 'v'.repeat(900_000)), 2],
  ])('%s', (_name, rows, batchCount) => {
    const batches = packAudit(rows);
    expect(batches).toHaveLength(batchCount);
    expect(batches.flatMap(({ recordIds }) => recordIds)).toEqual(rows.map(({ recordId }) => recordId));
    expect(batches.flatMap(({ lines }) => unpackAudit(lines))).toEqual(rows.map(entryOf));
    const last = rows.at(-1)!;
    expect(batches.flatMap(({ lines }) => unpackAudit(lines, last.recordId))).toEqual([entryOf(last)]);
  });

  test('many rows take little room', () => {
    const [batch] = packAudit(rowsOf(500, 'a value that is in every row of this batch'));
    expect(batch!.lines.length).toBeLessThan(500 * 60);
  });

  test('nothing makes no batch', () => {
    expect(packAudit([])).toEqual([]);
  });
});
