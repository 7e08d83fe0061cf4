/** A plan as people read it: one line a field, its direction, and where two edits can meet. */
import { formatPlace } from '@concord/config';
import type { EntityPlan, PlannedField, PlannedSystem } from '@concord/contracts';
import { textTable } from '../output/table.ts';
import type { PlanWarning } from './finding.ts';
import { answerText, avoidanceLines, ownershipLines } from './meeting.ts';
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
    [typeText(field.type), ...stepsText(plan, field)].join(', '),
    ...systems.map(([, system]) => nativeText(system, field.name)),
    flowText(plan, field.name),
    answerText(plan, field),
  ]);
  const lines = [`${plan.entity}  (sync ${plan.sync})`, textTable([head, ...rows]), ...systems.flatMap(systemLines)];
  lines.push(...ownershipLines(plan), ...avoidanceLines(plan));
  return [...lines, ...warnings.map(({ place, message }) => `  note ${formatPlace(place)}  ${message}`)].join('\n');
}

/** What happens to values on the way. */
function stepsText({ systems }: EntityPlan, { name, normalizations = [] }: PlannedField): string[] {
  const conversions = Object.values(systems).flatMap(({ fields }) => fields[name]?.conversions ?? []);
  return [...conversions, ...normalizations].map(({ kind }) => kind);
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
