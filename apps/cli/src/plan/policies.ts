/** Which policy answers concurrent edits of each field, and whether the field can be answered so. */
import type { FieldMapping, SyncConfig } from '@concord/config';
import type { FieldPolicy, FieldType } from '@concord/core';
import type { PlannedField } from '@concord/contracts';
import type { Findings } from './finding.ts';
import { typeText } from './types-fit.ts';

const LAST_WRITE_WINS: FieldPolicy = { kind: 'last_write_wins' };
const NUMBERS: readonly FieldType['kind'][] = ['integer', 'decimal', 'double'];
/** Policies that need values of a kind, and what that kind is called. */
const NEEDS: Partial<
  Record<FieldPolicy['kind'], { readonly kinds: readonly FieldType['kind'][]; readonly is: string }>
> = {
  counter: { kinds: NUMBERS, is: 'a number' },
  set_union: { kinds: ['set'], is: 'a set' },
  set_delta: { kinds: ['set'], is: 'a set' },
};

/** A policy for the whole record counts where it can; a rule of the field must be fit for it. */
export function policyOf(
  { conflict, groups }: SyncConfig,
  { name, place }: FieldMapping,
  type: FieldType,
  findings: Findings,
): FieldPolicy {
  const rule = conflict.fields[name];
  const policy: FieldPolicy = rule ?? conflict.policy;
  const needs = NEEDS[policy.kind];
  if (needs === undefined) return policy;
  const isGrouped = Object.values(groups).some((fields) => fields.includes(name));
  if (rule === undefined) return needs.kinds.includes(type.kind) && !isGrouped ? policy : LAST_WRITE_WINS;
  if (!needs.kinds.includes(type.kind)) {
    const message = `"${policy.kind}" needs ${needs.is}, but ${name} is ${typeText(type)}`;
    findings.fault('plan.policy_type', place, message, 'Choose another strategy for the field.');
  }
  return policy;
}

/** Each of the two systems has an own field in a pair, and the effective field can hold what any of them says. */
export function checkPairs(sync: SyncConfig, fields: readonly PlannedField[], findings: Findings): void {
  const systems = [sync.source.system, sync.target.system];
  const types = new Map(fields.map(({ name, type }) => [name, type]));
  for (const { name, type, policy } of fields) {
    if (policy.kind !== 'paired') continue;
    const place = sync.fieldMappings.find((mapping) => mapping.name === name)?.place ?? sync.place;
    if (sync.direction !== 'bidirectional') {
      const message = `"${name}" is paired, but changes flow one way only`;
      findings.fault('plan.pair', place, message, 'Make "sync_type" "bidirectional", or take the rule out.');
    }
    const strangers = Object.keys(policy.own).filter((system) => !systems.includes(system));
    const lacking = systems.filter((system) => policy.own[system] === undefined);
    if (strangers.length + lacking.length > 0) {
      const message = `the pair "${name}" needs an own field of ${systems.join(' and of ')}, and of no other system`;
      findings.fault('plan.pair', place, message, 'Correct "own" in its rule.');
    }
    for (const own of Object.values(policy.own)) {
      const ownType = types.get(own);
      if (ownType === undefined || ownType.kind === type.kind) continue;
      const message = `"${name}" is ${typeText(type)} and cannot hold what "${own}" (${typeText(ownType)}) says`;
      findings.fault('plan.pair', place, message, 'Map fields of one kind.');
    }
  }
}
