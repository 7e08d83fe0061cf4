/** Where edits of two sides can meet, what answers then, and how to keep them from meeting. */
import type { LastWriteWins } from '@concord/core';
import type { EntityPlan, PlannedField } from '@concord/contracts';

/**
 * Edits of both sides flow, and one of two has to be chosen. Counters and sets take both; records with an owner have none
 * to choose from, but for edits that are made while a record changes hands.
 */
function canMeet(plan: EntityPlan, { name, policy }: PlannedField): boolean {
  if (isMerged(policy.kind) || isOwnedThroughout(plan)) return false;
  return isEditedOnBoth(plan, name);
}

export function conflictingFields(plan: EntityPlan): string[] {
  return plan.fields.filter((field) => canMeet(plan, field)).map(({ name }) => name);
}

export function answerText(plan: EntityPlan, field: PlannedField): string {
  const { name, policy } = field;
  if (policy.kind === 'paired') return `computed from ${Object.values(policy.own).join(' and ')}`;
  if (!isEditedOnBoth(plan, name)) return ownerText(plan, name);
  if (isOwnedThroughout(plan)) return 'the owner of the record decides';
  const group = Object.entries(plan.groups ?? {}).find(([, fields]) => fields.includes(name));
  // The first of a group decides for all.
  const first = plan.fields.find((one) => one.name === group?.[1][0]) ?? field;
  const answer = group === undefined ? policyText(field) : `${policyText(first)}, as one unit: ${group[0]}`;
  return plan.ownership === undefined ? answer : `the owner of the record decides; while shared: ${answer}`;
}

/** Lines for people: which fields, and what in the config would rule it out. */
export function avoidanceLines(plan: EntityPlan): string[] {
  const names = conflictingFields(plan);
  if (names.length === 0) return [];
  const [system = ''] = Object.keys(plan.systems);
  const quoted = names.map((name) => JSON.stringify(name)).join(', ');
  const isOne = names.length === 1;
  const owned = isOne ? `"field": ${quoted}` : `"fields": [${quoted}]`;
  return [
    `  Edits can meet in ${names.length} of ${plan.fields.length} fields; then it is as the last column says, and both values stay on record.`,
    `  Deletes that meet edits: ${plan.deletePolicy}. To rule it out, give ${isOne ? 'the field' : 'each field'} an owner:`,
    `    "ownership": {"fields": [{${owned}, "owner": "${system}"}]}`,
    '  or records ("ownership.records"), pair fields ("strategy": "paired"), or let changes flow one way ("sync_type": "one_way").',
  ];
}

export function ownershipLines({ ownership, loopPrevention }: EntityPlan): string[] {
  const loops =
    loopPrevention === undefined
      ? []
      : [
          `  loops: more than ${loopPrevention.maxUpdates} automatic changes of a field within ${loopPrevention.windowMs / 1000} s freeze it for a person`,
        ];
  if (ownership === undefined) return loops;
  const rules = ownership.rules.map(({ when, owner }) => `${conditionText(when)}: ${owner ?? 'shared'}`);
  return [`  records: ${rules.join('; ')}; edits of others are ${ownership.targetEdit}`, ...loops];
}

type Condition = NonNullable<EntityPlan['ownership']>['rules'][number]['when'];

function conditionText(condition: Condition): string {
  if ('all' in condition)
    return condition.all.length === 0 ? 'otherwise' : condition.all.map(conditionText).join(' and ');
  if ('any' in condition) return `(${condition.any.map(conditionText).join(' or ')})`;
  if ('not' in condition) return `not (${conditionText(condition.not)})`;
  return `${condition.field} = ${condition.in.map((value) => JSON.stringify(value)).join(' or ')}`;
}

function isMerged(kind: PlannedField['policy']['kind']): boolean {
  return kind === 'counter' || kind === 'set_union' || kind === 'set_delta';
}

function isEditedOnBoth(plan: EntityPlan, field: string): boolean {
  return Object.values(plan.systems).filter(({ fields }) => fields[field]?.read === true).length > 1;
}

/** The last rule holds for all records, and no rule leaves one shared. */
function isOwnedThroughout({ ownership }: EntityPlan): boolean {
  const last = ownership?.rules.at(-1)?.when;
  const isTotal = last !== undefined && 'all' in last && last.all.length === 0;
  return isTotal && ownership?.rules.every(({ owner }) => owner !== null) === true;
}

/** Edits elsewhere are told of where they are not simply written over. */
function ownerText({ systems }: EntityPlan, field: string): string {
  const kept = Object.entries(systems).flatMap(([system, { fields }]) => {
    const access = fields[field];
    const isSpecial = access?.read === false && access.write && access.targetEdit !== 'overwritten';
    return isSpecial ? [`edits in ${system} are ${access.targetEdit}`] : [];
  });
  return ['cannot conflict', ...kept].join('; ');
}

function policyText({ policy }: PlannedField): string {
  switch (policy.kind) {
    case 'last_write_wins':
      return lastWriteText(policy);
    case 'field_level_priority':
      return `${policy.system} wins`;
    case 'source_priority':
      return policy.order.join(' before ');
    case 'max':
      return 'the larger value wins';
    case 'min':
      return 'the smaller value wins';
    case 'manual':
      return 'a person decides';
    case 'paired':
      return 'computed';
    case 'counter':
      return 'differences add up';
    case 'set_union':
      return 'sets are united';
    case 'set_delta':
      return 'what was added and removed adds up';
    default:
      return unreachable(policy);
  }
}

function lastWriteText({ skewBoundMs = 0, tieBreak }: LastWriteWins): string {
  if (skewBoundMs === 0) return 'the later edit wins';
  const otherwise = tieBreak === undefined ? 'the name decides' : tieBreak.join(' before ');
  return `the later edit wins; within ${skewBoundMs / 1000} s ${otherwise}`;
}

function unreachable(policy: never): never {
  throw new TypeError(`Unknown policy ${JSON.stringify(policy)}`);
}
