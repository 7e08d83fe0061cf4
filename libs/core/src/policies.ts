/**
 * Who wins a true concurrent edit. Every policy is total and deterministic: the same two sides give the same winner on
 * every machine, and swapping the sides swaps the answer (policies.test.ts). Only here do timestamps count for anything.
 */
import { compareValues } from './order.ts';
import type { ConflictPolicy, FieldType, LastWriteWins, Value } from './types.ts';

export type Contender = { readonly system: string; readonly at: number; readonly value: Value };
export type Winner = 'incoming' | 'canonical';
/** `byTieBreak`: neither the policy's own measure nor the clocks could tell the sides apart. */
export type Verdict = { readonly winner: Winner; readonly byTieBreak: boolean };

export const INCOMING_WINS: Verdict = { winner: 'incoming', byTieBreak: false };
export const CANONICAL_STAYS: Verdict = { winner: 'canonical', byTieBreak: false };
const INCOMING_BY_TIE_BREAK: Verdict = { winner: 'incoming', byTieBreak: true };
const CANONICAL_BY_TIE_BREAK: Verdict = { winner: 'canonical', byTieBreak: true };

const NO_BOUND: LastWriteWins = { kind: 'last_write_wins' };

export function resolveConflict(
  policy: ConflictPolicy,
  type: FieldType,
  incoming: Contender,
  canonical: Contender,
): Verdict {
  switch (policy.kind) {
    case 'last_write_wins':
      return lastWrite(incoming, canonical, policy);
    case 'field_level_priority':
      return byRank((system) => (system === policy.system ? 0 : 1), incoming, canonical);
    case 'source_priority':
      return byRank((system) => rank(policy.order, system), incoming, canonical);
    case 'max':
      return bySize(compareValues(type, incoming.value, canonical.value), incoming, canonical);
    case 'min':
      return bySmallness(type, incoming, canonical);
    // Only asked where no person can answer: of a record that is deleted.
    case 'manual':
      return lastWrite(incoming, canonical);
    default:
      return unreachable(policy);
  }
}

/** Equal ranks are decided by the last write, so that a priority over some systems answers for all. */
function byRank(rankOf: (system: string) => number, incoming: Contender, canonical: Contender): Verdict {
  return bySize(rankOf(canonical.system) - rankOf(incoming.system), incoming, canonical);
}

/** What is equal is decided by the last write. */
function bySize(difference: number, incoming: Contender, canonical: Contender): Verdict {
  if (difference === 0) return lastWrite(incoming, canonical);
  return difference > 0 ? INCOMING_WINS : CANONICAL_STAYS;
}

/** Nothing is no small value: it loses against any. */
function bySmallness(type: FieldType, incoming: Contender, canonical: Contender): Verdict {
  const hasNull = incoming.value === null || canonical.value === null;
  const difference = compareValues(type, incoming.value, canonical.value);
  return bySize(hasNull ? difference : -difference, incoming, canonical);
}

function rank(order: readonly string[], system: string): number {
  const index = order.indexOf(system);
  return index < 0 ? order.length : index;
}

/** Within one system its stream tells what came later, and no clock is asked. */
function lastWrite(incoming: Contender, canonical: Contender, { skewBoundMs, tieBreak } = NO_BOUND): Verdict {
  if (incoming.system === canonical.system) return INCOMING_WINS;
  const later = incoming.at - canonical.at;
  if (Math.abs(later) > (skewBoundMs ?? 0)) return later > 0 ? INCOMING_WINS : CANONICAL_STAYS;
  const ranks = tieBreak === undefined ? 0 : rank(tieBreak, canonical.system) - rank(tieBreak, incoming.system);
  const isStronger = ranks === 0 ? incoming.system > canonical.system : ranks > 0;
  return isStronger ? INCOMING_BY_TIE_BREAK : CANONICAL_BY_TIE_BREAK;
}

function unreachable(policy: never): never {
  throw new TypeError(`Unknown policy ${JSON.stringify(policy)}`);
}
