/** One answer to concurrent edits, of a field, a group or a whole sync: complete, and without keys that say nothing. */
import type { FaultCode } from './fault.ts';
import type { Naming } from './named-fields.ts';
import { fieldFor, systemFor, systemsFor } from './references.ts';
import type { PolicyDocument } from './shapes/conflict.ts';
import type { SyncContext } from './sync-context.ts';
import type { Path } from './tree.ts';
import type { EffectiveConfig, PolicyConfig } from './types.ts';

export type PolicyContext = Naming & {
  /** What the sync says of last_write_wins holds for its fields, too. */
  readonly clocks: Clocks;
};
type Clocks = { readonly skewBoundMs?: number; readonly tieBreak?: readonly string[] };

const LAST_UPDATED = 'last_updated';
type Strategy = NonNullable<PolicyDocument['strategy']>;
type PolicyKey = Exclude<keyof PolicyDocument, 'strategy'>;

const GOES_WITH: Readonly<Record<PolicyKey, Strategy>> = {
  priority_system: 'field_level_priority',
  priority: 'source_priority',
  skew_bound_seconds: 'last_write_wins',
  tie_break: 'last_write_wins',
  own: 'paired',
  effective: 'paired',
};

/** Null when it cannot be known what is meant; the faults say why. */
export function policyFrom(context: PolicyContext, rule: PolicyDocument, path: Path): PolicyConfig | null {
  const strategy = strategyOf(rule);
  if (strategy === null) {
    const remedy = 'Add "priority_system", or "strategy" with what it needs.';
    context.fault(missingIn(path), path, 'this rule does not say how edits are answered', remedy);
    return null;
  }
  checkKeys(context, rule, strategy, path);
  switch (strategy) {
    case 'field_level_priority':
      return priorityPolicy(context, rule, path);
    case 'paired':
      return pairedPolicy(context, rule, path);
    case 'manual':
    case 'counter':
    case 'set_union':
    case 'set_delta':
      return { kind: strategy };
    case 'last_write_wins':
    case 'source_priority':
    case 'max':
    case 'min':
      return effectivePolicy(context, { ...rule, strategy }, path);
    default:
      return unreachable(strategy);
  }
}

/** What is said of one strategy alone says which is meant. */
function strategyOf(rule: PolicyDocument): Strategy | null {
  if (rule.strategy !== undefined) return rule.strategy;
  if (rule.priority_system !== undefined) {
    return rule.priority_system === LAST_UPDATED ? 'last_write_wins' : 'field_level_priority';
  }
  if (rule.priority !== undefined) return 'source_priority';
  return rule.own === undefined ? null : 'paired';
}

/** Keys that say nothing under the strategy would be relied on unknowingly. */
export function checkKeys({ fault }: PolicyContext, rule: PolicyDocument, strategy: Strategy, path: Path): void {
  for (const key of Object.keys(GOES_WITH) as PolicyKey[]) {
    const isLastUpdated = key === 'priority_system' && rule.priority_system === LAST_UPDATED;
    const wanted = isLastUpdated ? 'last_write_wins' : GOES_WITH[key];
    if (rule[key] === undefined || wanted === strategy) continue;
    const remedy = `Remove it, or make "strategy" "${wanted}".`;
    fault('config.contradiction', [...path, key], `"${key}" says nothing where "strategy" is "${strategy}"`, remedy);
  }
}

function priorityPolicy(context: PolicyContext, rule: PolicyDocument, path: Path): PolicyConfig | null {
  if (rule.priority_system === undefined) {
    const remedy = 'Add "priority_system": the name or role of the system.';
    context.fault(missingIn(path), path, '"field_level_priority" does not say which system wins', remedy);
    return null;
  }
  const system = systemFor(context, rule.priority_system, [...path, 'priority_system'], [LAST_UPDATED]);
  return system === null ? null : { kind: 'field_level_priority', system };
}

function pairedPolicy(context: PolicyContext, { own, effective }: PolicyDocument, path: Path): PolicyConfig | null {
  const { fault } = context;
  if (own === undefined || effective === undefined) {
    const lacking = own === undefined ? 'own' : 'effective';
    const remedy =
      lacking === 'own'
        ? 'Add "own": {"<system>": "<the field that only this system changes>", …} with both systems.'
        : 'Add "effective": "last_write_wins", or {"strategy": "source_priority", "priority": […]}.';
    fault(missingIn(path), path, `"paired" needs "${lacking}"`, remedy);
    return null;
  }
  const fields: Record<string, string> = {};
  for (const [word, field] of Object.entries(own)) {
    const place = [...path, 'own', word];
    const system = systemFor(context, word, place);
    const mapping = fieldFor(context, field, context.mappings, place);
    if (system !== null && fields[system] !== undefined) {
      fault('config.contradiction', place, `"${word}" is a system that is named already`, 'Name each system once.');
    }
    if (system !== null && mapping !== null) fields[system] = mapping.name;
  }
  const rule = typeof effective === 'string' ? { strategy: effective } : effective;
  return { kind: 'paired', own: fields, effective: effectivePolicy(context, rule, [...path, 'effective']) };
}

type EffectiveRule = PolicyDocument & { readonly strategy: EffectiveConfig['kind'] };

function effectivePolicy(context: PolicyContext, rule: EffectiveRule, path: Path): EffectiveConfig {
  if (path.at(-1) === 'effective') checkKeys(context, rule, rule.strategy, path);
  if (rule.strategy === 'max' || rule.strategy === 'min') return { kind: rule.strategy };
  if (rule.strategy === 'source_priority') {
    if (rule.priority === undefined) {
      const remedy = 'Add "priority": the names or roles of the systems, strongest first.';
      context.fault(missingIn(path), path, '"source_priority" does not say who comes first', remedy);
    }
    return { kind: 'source_priority', order: systemsFor(context, rule.priority ?? [], [...path, 'priority']) };
  }
  return { kind: 'last_write_wins', ...context.clocks, ...clocksFrom(context, rule, path) };
}

export function clocksFrom(
  context: SyncContext,
  { skew_bound_seconds: skew, tie_break: ties }: Pick<PolicyDocument, 'skew_bound_seconds' | 'tie_break'>,
  path: Path,
): Clocks {
  return {
    ...(skew === undefined ? {} : { skewBoundMs: Math.round(skew * 1000) }),
    ...(ties === undefined ? {} : { tieBreak: systemsFor(context, ties, [...path, 'tie_break']) }),
  };
}

/** What a sync lacks may stand in another document; what a rule lacks, which is an item of a list, cannot. */
function missingIn(path: Path): FaultCode {
  return path.some((step) => typeof step === 'number') ? 'config.value' : 'config.incomplete';
}

function unreachable(strategy: never): never {
  throw new TypeError(`Unknown strategy ${JSON.stringify(strategy)}`);
}
