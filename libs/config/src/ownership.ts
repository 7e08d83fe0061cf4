/** Whose a field or a record is, and what becomes of edits of others. */
import { namedFields, type Naming } from './named-fields.ts';
import { fieldFor, systemFor } from './references.ts';
import { suggestion } from './suggest.ts';
import type { ConditionDocument } from './shapes/ownership.ts';
import type { Path } from './tree.ts';
import type { ConditionConfig, ConflictConfig, OwnershipConfig, SyncConfig } from './types.ts';

type OwnershipContext = Naming & {
  readonly conflict: ConflictConfig;
  /** Names of the two systems; fewer where it is not known which they are. */
  readonly ends: readonly string[];
  readonly direction: SyncConfig['direction'] | null;
};

const PATH = ['ownership'];
const SHARED = 'shared';

export function ownershipFrom(context: OwnershipContext): OwnershipConfig {
  const { target_edits = null, target_deletes = null } = context.plain.ownership ?? {};
  const isOneWay = context.direction !== null && context.direction !== 'bidirectional';
  const records = recordOwners(context);
  if (isOneWay && records.length > 0) {
    const message = 'records can have owners only where changes flow both ways';
    const remedy = 'Make "sync_type" "bidirectional", or take "records" out.';
    context.fault('config.contradiction', [...PATH, 'records'], message, remedy);
  }
  if (context.direction === 'bidirectional' && target_deletes !== null) {
    const message = '"target_deletes" says nothing where deletes flow both ways';
    const remedy = 'Remove it; "conflict_resolution.deletes" says who wins.';
    context.fault('config.contradiction', [...PATH, 'target_deletes'], message, remedy);
  }
  return { fields: fieldOwners(context), records, targetEdits: target_edits, targetDeletes: target_deletes };
}

function fieldOwners(context: OwnershipContext): OwnershipConfig['fields'] {
  const owners: Record<string, OwnershipConfig['fields'][string]> = {};
  for (const [index, rule] of (context.plain.ownership?.fields ?? []).entries()) {
    const path = [...PATH, 'fields', index];
    const owner = endFor(context, rule.owner, [...path, 'owner']);
    for (const { name, place } of namedFields(context, rule, path)) {
      const problem = owners[name] === undefined ? ruleProblem(context, name) : `"${name}" has an owner already`;
      if (problem !== null) context.fault('config.contradiction', place, problem, 'Keep one of the two.');
      else if (owner !== null) owners[name] = { owner, targetEdits: rule.target_edits ?? null };
    }
  }
  return owners;
}

/** What only one system changes has no conflicts: a rule for them would never count. */
function ruleProblem({ conflict }: OwnershipContext, name: string): string | null {
  if (conflict.fields[name] !== undefined)
    return `"${name}" has a rule in "conflict_resolution", and with an owner it has no conflicts`;
  const pair = Object.entries(conflict.fields).find(
    ([, policy]) => policy.kind === 'paired' && Object.values(policy.own).includes(name),
  );
  return pair === undefined ? null : `"${name}" is an own field of the pair "${pair[0]}" and has its owner by that`;
}

function recordOwners(context: OwnershipContext): OwnershipConfig['records'] {
  const rules = context.plain.ownership?.records ?? [];
  return rules.map(({ when, owner }, index) => {
    const path = [...PATH, 'records', index];
    if (when === undefined && index < rules.length - 1) {
      const message = 'this rule holds for all records, so the rules after it never count';
      context.fault('config.contradiction', path, message, 'Add "when", or make it the last rule.');
    }
    return {
      when: when === undefined ? { all: [] } : conditionFrom(context, when, [...path, 'when']),
      owner: owner === SHARED ? null : endFor(context, owner, [...path, 'owner'], [SHARED]),
    };
  });
}

/** An owner that is no side of the sync would leave nobody who may edit. */
function endFor(context: OwnershipContext, word: string, path: Path, others: readonly string[] = []): string | null {
  const system = systemFor(context, word, path, others);
  if (system === null || context.ends.length < 2 || context.ends.includes(system)) return system;
  const message = `"${word}" is not a side of this sync, so nobody could edit`;
  context.fault('config.reference', path, message, suggestion(word, context.ends));
  return null;
}

function conditionFrom(context: OwnershipContext, when: ConditionDocument, path: Path): ConditionConfig {
  const several = (key: 'all' | 'any', conditions: readonly ConditionDocument[]): ConditionConfig[] =>
    conditions.map((one, index) => conditionFrom(context, one, [...path, key, index]));
  if (isList(when, 'all')) return { all: several('all', when.all) };
  if (isList(when, 'any')) return { any: several('any', when.any) };
  if (isNegation(when)) return { not: conditionFrom(context, when.not, [...path, 'not']) };
  const comparisons = Object.entries(when as Record<string, ComparedTo>).flatMap(([field, values]) => {
    const mapping = fieldFor(context, field, context.mappings, [...path, field]);
    return mapping === null ? [] : [{ field: mapping.name, in: Array.isArray(values) ? values : [values] }];
  });
  const [only] = comparisons;
  return comparisons.length === 1 && only !== undefined ? only : { all: comparisons };
}

type Scalar = string | number | boolean | null;
type ComparedTo = Scalar | Scalar[];

/** A field may well be called "all": then it stands before a value, not before conditions. */
function isList<Key extends 'all' | 'any'>(
  when: ConditionDocument,
  key: Key,
): when is Record<Key, ConditionDocument[]> & ConditionDocument {
  const conditions = (when as Record<string, unknown>)[key];
  return Array.isArray(conditions) && conditions.every((one) => typeof one === 'object' && one !== null);
}

function isNegation(when: ConditionDocument): when is { not: ConditionDocument } {
  const negated = (when as Record<string, unknown>)['not'];
  return typeof negated === 'object' && negated !== null && !Array.isArray(negated);
}
