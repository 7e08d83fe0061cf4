/** Records that a real Debezium 3.7 on PostgreSQL 18 wrote, decoded, in the form of fixtures/*.jsonl. For tests only. */
import { readFileSync } from 'node:fs';
import type { EntityPlan, PlannedSystem } from '@concord/contracts';
import type { FieldType } from '@concord/core';
import type { RawRecord } from '../normalizer/debezium.ts';

export function readRecorded(name: 'story' | 'types'): RawRecord[] {
  const text = readFileSync(new URL(`../../fixtures/${name}.jsonl`, import.meta.url), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line, revive) as RawRecord);
}

function revive(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { $bigint, $bytes, $number } = value as Record<string, string | undefined>;
  if ($bigint !== undefined) return BigInt($bigint);
  if ($bytes !== undefined) return Buffer.from($bytes, 'base64');
  return $number === undefined ? value : Number($number);
}

type Columns = Readonly<Record<string, readonly [native: string, type: FieldType, nativeType: string]>>;

/** A plan of one entity with one Postgres system `pg`, every field read and written. */
export function planOf(entity: string, columns: Columns, system: Partial<PlannedSystem> = {}): EntityPlan {
  return {
    entity,
    sync: 'test',
    deletePolicy: 'delete_wins',
    fields: Object.entries(columns).map(([name, [, type]]) => ({ name, type, policy: { kind: 'last_write_wins' } })),
    systems: {
      pg: {
        type: 'postgres',
        object: `public.${entity}`,
        key: ['id'],
        keyGenerated: true,
        fields: Object.fromEntries(
          Object.entries(columns).map(([name, [native, type, nativeType]]) => [
            name,
            { native, nativeType, type, read: true, write: true, targetEdit: 'overwritten' as const },
          ]),
        ),
        link: null,
        filter: {},
        readExistence: true,
        writeExistence: true,
        ...system,
      },
    },
  };
}

export const accountColumns: Columns = {
  name: ['name', { kind: 'string', lengthMax: 80 }, 'character varying(80)'],
  code: ['code', { kind: 'string', lengthMax: 5 }, 'character(5)'],
  town: ['city', { kind: 'string' }, 'text'],
  amount: ['amount', { kind: 'decimal', scale: 2 }, 'numeric(10,2)'],
  sf_id: ['sf_id', { kind: 'string' }, 'text'],
  seen: ['seen', { kind: 'timestamp', fractionDigits: 6 }, 'timestamp with time zone'],
};
