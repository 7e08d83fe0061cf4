/** Owners of fields and records as the core is told of them, with the values of conditions fit for their fields. */
import type { ConditionConfig, SyncConfig } from '@concord/config';
import type { FieldType, RecordOwnership, TargetEdit } from '@concord/core';
import type { PlannedField } from '@concord/contracts';
import type { Findings } from './finding.ts';
import { pairOwner, type FieldOwner } from './flow.ts';
import { typeText } from './types-fit.ts';

/** Whose field it is, by a pair or by its owner. */
export function ownerOf(sync: SyncConfig, name: string): FieldOwner {
  const { source, ownership } = sync;
  const stated = ownership.fields[name];
  if (stated === undefined) return pairOwner(sync, name);
  return stated.owner === source.system ? 'source' : 'target';
}

/** What happens to edits where none flow from, where the config says so. */
export function treatmentOf({ ownership }: SyncConfig, name: string): TargetEdit | null {
  return ownership.fields[name]?.targetEdits ?? ownership.targetEdits;
}

/** Undefined where records have no owners. */
export function recordOwnership(
  { ownership, place }: SyncConfig,
  fields: readonly PlannedField[],
  findings: Findings,
): RecordOwnership | undefined {
  if (ownership.records.length === 0) return undefined;
  const types = new Map(fields.map(({ name, type }) => [name, type]));
  const rules = ownership.records.map(({ when, owner }) => {
    for (const comparison of comparisonsOf(when)) checkValues(comparison, types, { place, findings });
    return { when, owner };
  });
  return { rules, targetEdit: ownership.targetEdits ?? 'overwritten' };
}

type Comparison = Extract<ConditionConfig, { readonly field: string }>;

function comparisonsOf(condition: ConditionConfig): readonly Comparison[] {
  if ('all' in condition) return condition.all.flatMap(comparisonsOf);
  if ('any' in condition) return condition.any.flatMap(comparisonsOf);
  return 'not' in condition ? comparisonsOf(condition.not) : [condition];
}

const COMPARED: Readonly<Record<string, readonly FieldType['kind'][]>> = {
  string: ['string', 'date', 'time', 'timestamp', 'decimal', 'integer'],
  number: ['integer', 'decimal', 'double'],
  boolean: ['boolean'],
};

function checkValues(
  { field, in: values }: Comparison,
  types: ReadonlyMap<string, FieldType>,
  { place, findings }: { readonly place: SyncConfig['place']; readonly findings: Findings },
): void {
  const type = types.get(field);
  if (type === undefined) return;
  for (const value of values) {
    if (value === null || COMPARED[typeof value]?.includes(type.kind)) continue;
    const message = `the owner of records depends on ${field} (${typeText(type)}), which is compared with ${JSON.stringify(value)}`;
    findings.fault('plan.condition_type', place, message, 'Write a value of the type of the field.');
  }
}
