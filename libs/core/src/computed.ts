/**
 * Paired fields: each system keeps its own value in a field of its own, shown beside the others', and an effective value
 * follows from a rule. No edit ever meets another, so nothing is lost; the effective field is nobody's to edit.
 *
 * The effective value is a function of the own values alone. It is recomputed with every input that changed one of them
 * and gets a version only when it becomes another: a version that changes nothing would only make all copies look old.
 */
import type { Computed, ComputedSource } from './decisions.ts';
import { resolveConflict } from './policies.ts';
import { project, same } from './projection.ts';
import type { CompiledPair } from './rules.ts';
import { canonicalOf } from './state.ts';
import type { RecordState } from './state.ts';
import { take } from './turn.ts';
import type { Turn } from './turn.ts';

type Place = { readonly system: string; readonly position: string };

/** `before` is the record's version before the input: what the input made new and what follows from it are one version. */
export function computeFields(turn: Turn, place: Place, before: number): void {
  for (const pair of turn.rules.pairs) {
    const { state } = turn.draft;
    const sources = sourcesOf(state, pair);
    if (sources.every(({ version }) => version === 0)) continue;
    const chosen = choose(sources, pair);
    const value = project(pair.type, chosen?.value ?? null);
    const previous = canonicalOf(state, pair.field).value;
    if (same(pair.type, value, previous)) continue;
    const version = Math.max(state.version, before + 1);
    take(turn, computedOf(place, pair, { sources, chosen, previous, value, version }));
  }
}

function sourcesOf(state: RecordState, { own }: CompiledPair): readonly ComputedSource[] {
  return own.map(({ system, field }) => {
    const { value, version, at } = canonicalOf(state, field);
    return { system, field, value, version, at };
  });
}

/** Nothing is no opinion. Of the others the rule finds the winner, always asked in the same order. */
function choose(sources: readonly ComputedSource[], { rule, type }: CompiledPair): ComputedSource | null {
  return sources.reduce<ComputedSource | null>((best, next) => {
    if (next.value === null) return best;
    return best === null || resolveConflict(rule, type, next, best).winner === 'incoming' ? next : best;
  }, null);
}

type Result = Pick<Computed, 'sources' | 'previous' | 'value' | 'version'> & { readonly chosen: ComputedSource | null };

function computedOf(place: Place, { field, rule }: CompiledPair, { chosen, ...result }: Result): Computed {
  const at = chosen?.at ?? Math.max(...result.sources.map((source) => source.at));
  const of = { type: 'computed', ...place, field, policy: 'paired', rule: rule.kind } as const;
  return { ...of, chosen: chosen?.system ?? null, at, ...result };
}
