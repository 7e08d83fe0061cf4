/** Tells a history in lines that a person can read: who did what, what was decided, what was written. */
import type { Decision, Value, Values } from '@concord/core';
import type { CommandOutcome } from '@concord/core';
import type { WorldOptions } from './options.ts';
import type { WireCommand } from './system.ts';

/** Bookkeeping that a short story does without. */
const UNTOLD: ReadonlySet<Decision['type']> = new Set(['observed', 'command_issued', 'outcome_dropped']);

export function describeWorld({ systems, fields, rules }: WorldOptions): string {
  const told = systems.map(({ name, stream, trigger, pings, clockSkewMs, refusesOneIn }) => {
    const also = [
      trigger === 'none' ? '' : `a trigger adds "!" to a (${trigger})`,
      pings === 'none' ? '' : `a trigger makes l end with ~${name} (${pings})`,
      clockSkewMs === 0 ? '' : `its clock is ${clockSkewMs} ms off`,
      refusesOneIn === 0 ? '' : 'it refuses some values',
    ].filter((part) => part !== '');
    return `  ${name}: ${[stream, ...also].join(', ')}`;
  });
  const policies = Object.entries(fields).map(
    ([field, kind]) => `${field} (${kind}, ${rules.fields[field]?.policy.kind ?? 'no policy'})`,
  );
  return [`Systems:`, ...told, `Fields: ${policies.join(', ')}; ${rules.deletePolicy}`].join('\n');
}

/** Null for what is not worth a line. */
export function describeDecision(record: string, decision: Decision): string | null {
  if (UNTOLD.has(decision.type)) return null;
  const { type, ...facts } = decision;
  const told = Object.entries(facts)
    .filter(([name]) => !['position', 'held', 'basis', 'at'].includes(name))
    .map(([name, fact]) => `${name} ${JSON.stringify(fact)}`);
  return `    ${record} ${type}: ${told.join(', ')}`;
}

export function describeExecution(command: WireCommand, outcome: CommandOutcome): string {
  const { system, sequence, operation, record, values, expected } = command;
  const guard = Object.keys(expected).length === 0 ? '' : ` where ${describeValues(expected)}`;
  return `    ${system} ${operation}s ${record} ${describeValues(values)}${guard}: ${outcome.result} (command ${sequence})`;
}

export function describeValues(values: Values): string {
  return Object.entries(values)
    .map(([field, value]) => `${field}=${describeValue(value)}`)
    .join(' ');
}

function describeValue(value: Value): string {
  return value === null ? '-' : String(value);
}
