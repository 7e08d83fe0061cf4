/** The rules for concurrent edits: which answer counts for which field. */
import type { Groups } from './groups.ts';
import { namedFields } from './named-fields.ts';
import { checkKeys, clocksFrom, policyFrom, type PolicyContext } from './policy.ts';
import { fieldFor, findMapping } from './references.ts';
import type { SyncContext } from './sync-context.ts';
import type { Path } from './tree.ts';
import type { ConflictConfig, FieldMapping, PolicyConfig } from './types.ts';

type FieldRule = NonNullable<NonNullable<SyncContext['plain']['conflict_resolution']>['field_rules']>[number];

const PATH = ['conflict_resolution'];

export function conflictFrom(context: SyncContext, mappings: readonly FieldMapping[], groups: Groups): ConflictConfig {
  const rules = context.plain.conflict_resolution ?? {};
  const policies: PolicyContext = { ...context, mappings, groups, clocks: clocksFrom(context, rules, PATH) };
  const fields = fieldRulesFrom(policies);
  checkPairs(policies, fields);
  return {
    policy: recordPolicy(policies),
    fields,
    timestampField: timestampFieldFrom(context, mappings),
    deletePolicy: rules.deletes ?? 'delete_wins',
  };
}

function recordPolicy(context: PolicyContext): PolicyConfig {
  const { strategy, priority_system, priority } = context.plain.conflict_resolution ?? {};
  const rule = { strategy, priority_system, priority };
  const lastWrite: PolicyConfig = { kind: 'last_write_wins', ...context.clocks };
  if (strategy === undefined && priority_system === undefined && priority === undefined) return lastWrite;
  if (strategy === 'field_level_priority' && priority_system === undefined) {
    // The fields have rules; those without one follow the latest change.
    checkKeys(context, rule, strategy, PATH);
    return lastWrite;
  }
  return policyFrom(context, rule, PATH) ?? lastWrite;
}

function fieldRulesFrom(context: PolicyContext): Record<string, PolicyConfig> {
  const found: Record<string, PolicyConfig> = {};
  for (const [index, rule] of (context.plain.conflict_resolution?.field_rules ?? []).entries()) {
    const path = [...PATH, 'field_rules', index];
    const policy = policyFrom(context, rule, path);
    checkGroup(context, rule, path);
    for (const { name, place } of namedFields(context, rule, path)) {
      if (found[name] !== undefined) {
        const message = `"${name}" has a rule already`;
        context.fault('config.contradiction', place, message, 'Keep one of the two rules.');
      } else if (policy !== null) found[name] = policy;
    }
  }
  return found;
}

const SINGLE: readonly string[] = ['counter', 'set_union', 'set_delta', 'paired'];

function checkGroup({ fault, groups }: PolicyContext, { group, strategy }: FieldRule, path: Path): void {
  if (group === undefined || groups[group] === undefined || strategy === undefined || !SINGLE.includes(strategy))
    return;
  const message = `"${strategy}" is of single fields and cannot decide on the group "${group}"`;
  const remedy = 'Name the fields with "fields", or choose another strategy.';
  fault('config.contradiction', [...path, 'group'], message, remedy);
}

/** The own fields are as many as the systems, and each is one system's only. */
function checkPairs(context: PolicyContext, fields: Readonly<Record<string, PolicyConfig>>): void {
  const taken = new Map<string, string>();
  for (const [name, policy] of Object.entries(fields)) {
    if (policy.kind !== 'paired') continue;
    const index = (context.plain.conflict_resolution?.field_rules ?? []).findIndex(
      ({ field = '', fields: several = [] }) =>
        [field, ...several].some((one) => findMapping(one, context.mappings)?.name === name),
    );
    const place = [...PATH, 'field_rules', index, 'own'];
    const own = Object.values(policy.own);
    const stated = Object.keys(context.plain.conflict_resolution?.field_rules?.[index]?.own ?? {});
    if (stated.length < 2) {
      const message = `"own" names ${stated.length} system: a pair has a field of each side`;
      context.fault('config.value', place, message, 'Add the other system with its own field.');
    }
    for (const field of own) {
      const other = field === name ? name : taken.get(field);
      taken.set(field, name);
      if (other === undefined) continue;
      const message = `"${field}" cannot be the own field of a system here: it is taken by "${other}"`;
      context.fault('config.contradiction', place, message, 'Map a field of its own for each system.');
    }
  }
}

function timestampFieldFrom(context: SyncContext, mappings: readonly FieldMapping[]): string | null {
  const field = context.plain.conflict_resolution?.timestamp_field;
  if (field === undefined) return null;
  const mapping = findMapping(field, mappings);
  // Fields that Salesforce keeps of every record need no mapping: they say when the change was committed.
  const kept = ['LastModifiedDate', 'SystemModstamp'];
  if (mapping === null && !kept.includes(field)) fieldFor(context, field, mappings, [...PATH, 'timestamp_field']);
  return mapping?.name ?? null;
}
