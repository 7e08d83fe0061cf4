/**
 * Who wins a true concurrent edit. Every policy is total and deterministic: the same two sides give the same winner on
 * every machine, and swapping the sides swaps the answer (policies.test.ts). Only here do timestamps count for anything.
 */
import type { FieldPolicy } from './types.ts';

export type Contender = { readonly system: string; readonly at: number };
export type Winner = 'incoming' | 'canonical';

export function resolveConflict(policy: FieldPolicy, incoming: Contender, canonical: Contender): Winner {
  switch (policy.kind) {
    case 'last_write_wins':
      return lastWrite(incoming, canonical);
    case 'field_level_priority':
      return byRank((system) => (system === policy.system ? 0 : 1), incoming, canonical);
    case 'source_priority':
      return byRank((system) => rank(policy.order, system), incoming, canonical);
    default:
      return unreachable(policy);
  }
}

/** Equal ranks are decided by the last write, so that a priority over some systems answers for all. */
function byRank(rankOf: (system: string) => number, incoming: Contender, canonical: Contender): Winner {
  const difference = rankOf(incoming.system) - rankOf(canonical.system);
  if (difference === 0) return lastWrite(incoming, canonical);
  return difference < 0 ? 'incoming' : 'canonical';
}

function rank(order: readonly string[], system: string): number {
  const index = order.indexOf(system);
  return index < 0 ? order.length : index;
}

/** Within one system its stream tells what came later, and no clock is asked. */
function lastWrite(incoming: Contender, canonical: Contender): Winner {
  if (incoming.system === canonical.system) return 'incoming';
  if (incoming.at !== canonical.at) return incoming.at > canonical.at ? 'incoming' : 'canonical';
  return incoming.system > canonical.system ? 'incoming' : 'canonical';
}

function unreachable(policy: never): never {
  throw new TypeError(`Unknown policy ${JSON.stringify(policy)}`);
}
