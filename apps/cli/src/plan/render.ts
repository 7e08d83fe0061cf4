/** A plan as people read it: one line a field, its direction, and where two edits can meet. */
import { formatPlace } from '@concord/config';
import type { LastWriteWins } from '@concord/core';
import type { EntityPlan, PlannedField, PlannedSystem } from '@concord/contracts';
import { textTable } from '../output/table.ts';
import type { PlanWarning } from './finding.ts';
import { typeText } from './types-fit.ts';

export function renderPlan(plan: EntityPlan, warnings: readonly PlanWarning[]): string {
  const systems = Object.entries(plan.systems);
  const head = [
    'field',
    'type',
    ...systems.map(([name, { object }]) => `${name}: ${object}`),
    'flow',
    'when edited on both',
  ];
  const rows = plan.fields.map((field) => [
    field.name,
    typeText(field.type),
    ...systems.map(([, system]) => nativeText(system, field.name)),
    flowText(plan, field.name),
    policyText(plan, field),
  ]);
  const lines = [`${plan.entity}  (sync ${plan.sync})`, textTable([head, ...rows]), ...systems.flatMap(systemLines)];
  const canConflict = plan.fields.filter(({ name }) => canMeet(plan, name));
  if (canConflict.length > 0) {
    lines.push(
      `  Edits can meet in ${canConflict.length} of ${plan.fields.length} fields; then it is as the last column says (deletes: ${plan.deletePolicy}),`,
      '  and both values stay on record. They cannot meet where only one side edits: "sync_type": "one_way".',
    );
  }
  return [...lines, ...warnings.map(({ place, message }) => `  note ${formatPlace(place)}  ${message}`)].join('\n');
}

/** Edits of both sides flow, so two of them can meet. */
export function canMeet(plan: EntityPlan, field: string): boolean {
  return Object.values(plan.systems).filter(({ fields }) => fields[field]?.read === true).length > 1;
}

function nativeText(system: PlannedSystem, field: string): string {
  const access = system.fields[field];
  return access === undefined ? '' : `${access.native} ${access.nativeType}`;
}

function flowText({ systems }: EntityPlan, field: string): string {
  const [left, right] = Object.values(systems).map(({ fields }) => fields[field]);
  const toRight = left?.read === true && right?.write === true;
  const toLeft = right?.read === true && left?.write === true;
  if (left?.read === false && right?.read === false) return '⇉';
  return toRight && toLeft ? '↔' : toRight ? '→' : '←';
}

function policyText(plan: EntityPlan, field: PlannedField): string {
  const { name, policy } = field;
  if (policy.kind === 'paired') return `computed from ${Object.values(policy.own).join(' and ')}`;
  if (!canMeet(plan, name)) return 'cannot conflict';
  const group = Object.entries(plan.groups ?? {}).find(([, fields]) => fields.includes(name));
  // The first of a group decides for all.
  const first = plan.fields.find((one) => one.name === group?.[1][0]) ?? field;
  return group === undefined ? answerOf(field) : `${answerOf(first)}, as one unit: ${group[0]}`;
}

function answerOf({ policy }: PlannedField): string {
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
      return `computed from ${Object.values(policy.own).join(' and ')}`;
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

function systemLines([name, system]: [string, PlannedSystem]): string[] {
  const key = `  ${name}: key ${system.key.join(', ')}${system.keyGenerated ? ' (generated)' : ''}`;
  const creates = system.writeExistence
    ? 'Concord creates and deletes records'
    : 'Concord neither creates nor deletes records';
  const link = system.link === null ? [] : [`"${system.link.field}" holds the id of ${system.link.system}`];
  const filter = Object.entries(system.filter).map(
    ([field, value]) => `only where ${field} = ${JSON.stringify(value)}`,
  );
  return [[key, creates, ...link, ...filter].join('; ')];
}

function unreachable(policy: never): never {
  throw new TypeError(`Unknown policy ${JSON.stringify(policy)}`);
}
