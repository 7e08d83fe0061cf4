/** One record as both sides have it, drawn as a small table, and the changes of one side as a line. */
import { bold, cyan, dim, yellow } from '../colours.ts';
import { isSame, textOf } from './same-value.ts';

/** Undefined: the side has no such record. */
export type Side = Readonly<Record<string, unknown>> | undefined;
export type SideName = 'Postgres' | 'Salesforce';

const labelWidth = 10;
const valueWidth = 30;

export function drawTable(fields: readonly string[], postgres: Side, salesforce: Side): string {
  const head = ` ${''.padEnd(labelWidth)} ${bold('Postgres'.padEnd(valueWidth))} ${bold('Salesforce')}`;
  const lines = fields.map((field) => {
    const [left, right] = [shown(postgres, field), shown(salesforce, field)];
    const mark = isSame(postgres?.[field], salesforce?.[field]) ? (text: string) => text : yellow;
    return ` ${dim(field.padEnd(labelWidth))} ${mark(left.padEnd(valueWidth))} ${mark(right)}`;
  });
  return [head, ...lines].join('\n');
}

/** What became different on one side; empty when nothing did. */
export function describeChange(name: SideName, before: Side, after: Side): string {
  if (before === undefined && after === undefined) return '';
  if (before === undefined) return `${cyan(name)} has it: ${describeSide(after)}`;
  if (after === undefined) return `${cyan(name)} has it no more`;
  const changed = Object.keys(after).filter((field) => !isSame(before[field], after[field]));
  if (changed.length === 0) return '';
  return `${cyan(name)} ${changed.map((field) => `${field}: ${shown(before, field)} → ${shown(after, field)}`).join(', ')}`;
}

function describeSide(side: Side): string {
  return Object.entries(side ?? {})
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([field, value]) => `${field} ${textOf(value)}`)
    .join(', ');
}

function shown(side: Side, field: string): string {
  if (side === undefined) return '(none)';
  const text = textOf(side[field]) ?? '—';
  return text.length > valueWidth ? `${text.slice(0, valueWidth - 1)}…` : text;
}
