/** One entity's table as the sink needs it: the plan joined with what the catalogue says. */
import type { TargetCommand } from '@concord/connector-kit';
import { storedOf, type EntityPlan, type PlannedSystem } from '@concord/contracts';
import { columnOfTable, describeTable } from '../catalogue/describe-table.ts';
import type { PostgresPool } from '../connection.ts';
import { postgresError } from '../errors.ts';
import { quoteObject } from '../names.ts';
import type { SinkColumn } from './native-values.ts';

export type SinkField = SinkColumn & {
  readonly hasDefault: boolean;
  readonly isIdentityAlways: boolean;
  /** Where the column spells values otherwise. */
  readonly codec: ReturnType<typeof storedOf>['codec'];
};

export type SinkTable = {
  readonly entity: string;
  /** Quoted. */
  readonly object: string;
  readonly key: readonly SinkColumn[];
  readonly fields: Readonly<Record<string, SinkField>>;
  readonly filter: PlannedSystem['filter'];
};

export async function loadSinkTable(pool: PostgresPool, plan: EntityPlan, system: string): Promise<SinkTable> {
  const planned = plan.systems[system];
  if (planned?.type !== 'postgres') {
    throw postgresError('contract.unknown_entity', 'park', {
      message: `Entity ${plan.entity} has no table in system ${system}`,
      hint: 'Run "apply" and restart the service.',
    });
  }
  const table = await describeTable(pool, planned.object);
  const fields = Object.entries(planned.fields).map(([name, access]) => {
    const { nativeType, default: byDefault, identity } = columnOfTable(pool, table, access.native);
    const hasDefault = byDefault !== null || identity !== null;
    const field = {
      name: access.native,
      ...storedOf(access),
      nativeType,
      hasDefault,
      isIdentityAlways: identity === 'always',
    };
    return [name, field] as const;
  });
  const key = planned.key.map((name): SinkColumn => {
    const { nativeType, type } = columnOfTable(pool, table, name);
    return { name, nativeType, type: type ?? { kind: 'string' } };
  });
  const { entity } = plan;
  return {
    entity,
    object: quoteObject(planned.object),
    key,
    fields: Object.fromEntries(fields),
    filter: planned.filter,
  };
}

/** The texts of the key columns, or null when the command does not name a row. */
export function keyTexts({ nativeId }: TargetCommand, { key }: SinkTable): readonly string[] | null {
  if (nativeId === null) return null;
  if (key.length === 1) return [nativeId];
  try {
    const texts = JSON.parse(nativeId) as unknown;
    const isKey =
      Array.isArray(texts) && texts.length === key.length && texts.every((text) => typeof text === 'string');
    return isKey ? texts : null;
  } catch {
    return null;
  }
}

/** A native id from the texts of the key columns: one text as it is, several as a JSON array. */
export function nativeIdOf(texts: readonly string[]): string {
  return texts.length === 1 ? (texts[0] as string) : JSON.stringify(texts);
}
