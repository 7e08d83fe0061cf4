/**
 * The fields of two records found to be one. Neither side knew of the other, so all are concurrent: equal values agree,
 * nothing is no opinion, sets are united, and the rest is `create_create` for the policy. Units (field groups) are decided
 * as one: the emptier of two that do not contradict each other is filled, else one wins whole. Computed fields follow.
 */
import { resolved } from './conflict.ts';
import type { ConflictSide, Decision, PolicyName, TakenField } from './decisions.ts';
import { merge } from './merge.ts';
import { ownersVerdict } from './ownership.ts';
import { resolveConflict } from './policies.ts';
import type { Verdict } from './policies.ts';
import { sameInCoarser } from './projection.ts';
import { openReview } from './review.ts';
import type { CompiledField, CompiledGroup, CompiledRules } from './rules.ts';
import { canonicalOf } from './state.ts';
import type { CanonicalValue, RecordState } from './state.ts';
import type { Turn } from './turn.ts';
import type { ConflictPolicy } from './types.ts';

/** The record that is absorbed, and the version of what it makes new. */
export type Absorbed = { readonly record: string; readonly state: RecordState; readonly version: number };
export type Joined = {
  readonly taken: readonly TakenField[];
  readonly agreed: readonly string[];
  readonly conflicts: readonly Decision[];
};

type Pair = { readonly field: CompiledField; readonly theirs: CanonicalValue; readonly ours: CanonicalValue };
type Unit = { readonly group: CompiledGroup | null; readonly policy: ConflictPolicy; readonly pairs: readonly Pair[] };

export function joinFields(turn: Turn, absorbed: Absorbed): Joined {
  const taken: TakenField[] = [];
  const agreed: string[] = [];
  const conflicts: Decision[] = [];
  for (const unit of unitsOf(turn, absorbed.state)) {
    const { pairs } = unit;
    // A unit that says nothing at all has no opinion, nor has one that only leaves out.
    if (pairs.every((pair) => pair.theirs.value === null || isSame(pair))) {
      agreed.push(...pairs.filter(({ theirs }) => theirs.value !== null).map(({ field }) => field.name));
    } else if (pairs.every((pair) => pair.ours.value === null || isSame(pair))) {
      taken.push(...pairs.filter((pair) => !isSame(pair)).map((pair) => take(pair, pair.theirs.value)));
    } else {
      const united = unite(pairs);
      if (united === null) conflicts.push(...meet(turn, absorbed, unit));
      else taken.push(united);
    }
  }
  return { taken, agreed, conflicts };
}

function unitsOf({ rules, draft }: Turn, theirs: RecordState): readonly Unit[] {
  const pairs = fieldsOf(rules).map((field): Pair => {
    return { field, theirs: canonicalOf(theirs, field.name), ours: canonicalOf(draft.state, field.name) };
  });
  const alone = pairs.filter(({ field }) => field.group === null);
  const groups = new Set(pairs.flatMap(({ field }) => field.group ?? []));
  return [
    ...alone.map((pair) => ({ group: null, policy: pair.field.policy, pairs: [pair] })),
    ...Array.from(groups, (group) => {
      return { group, policy: group.policy, pairs: pairs.filter(({ field }) => field.group === group) };
    }),
  ];
}

/** Every field that somebody has, once, without those that are computed. */
function fieldsOf({ systems, pairs }: CompiledRules): readonly CompiledField[] {
  const fields = new Map(systems.flatMap((system) => system.fields.map((field) => [field.name, field] as const)));
  for (const { field } of pairs) fields.delete(field);
  return [...fields.values()];
}

function isSame({ field: { canonicalType }, theirs, ours }: Pair): boolean {
  return sameInCoarser([canonicalType, canonicalType], theirs.value, ours.value);
}

function take({ field, theirs, ours }: Pair, value: CanonicalValue['value']): TakenField {
  return { field: field.name, value, previous: ours.value, origin: theirs.origin, at: theirs.at };
}

/** Two sets are one set; two counters have no base to count from. */
function unite(pairs: readonly Pair[]): TakenField | null {
  const [pair] = pairs;
  if (pair === undefined || pair.field.merge === null || pair.field.merge === 'counter') return null;
  const { merge: kind, canonicalType } = pair.field;
  const value = merge(kind, canonicalType, { canonical: pair.ours.value, before: null, held: pair.theirs.value });
  return value === undefined ? null : take(pair, value);
}

function meet(turn: Turn, absorbed: Absorbed, unit: Unit): readonly Decision[] {
  const differing = unit.pairs.filter((pair) => !isSame(pair));
  const [theirs, ours] = [newest(unit.pairs, 'theirs'), newest(unit.pairs, 'ours')];
  const owners = ownersWinner(turn, theirs.system, ours.system);
  const verdict = owners ?? verdictOn(unit, differing, theirs, ours);
  const policy: PolicyName = owners === null ? unit.policy.kind : 'record_ownership';
  return differing.map((pair): Decision => {
    const met = {
      system: theirs.system,
      position: '',
      field: pair.field.name,
      ...(unit.group === null ? {} : { group: unit.group.name }),
      kind: 'create_create',
      policy,
      baseVersion: null,
      canonicalVersion: pair.ours.version,
      held: pair.theirs.value,
      incoming: { ...theirs, value: pair.theirs.value },
      canonical: { ...ours, value: pair.ours.value },
      derived: false,
      absorbed: absorbed.record,
    } as const;
    return policy === 'manual' ? openReview(turn, met) : resolved(met, verdict, absorbed.version);
  });
}

/** Who set the newest field of the unit. */
function newest(pairs: readonly Pair[], side: 'theirs' | 'ours'): Pick<ConflictSide, 'system' | 'at'> {
  const values = pairs.map((pair) => pair[side]).filter(({ value }) => value !== null);
  const { origin = '', at = 0 } = values.toSorted((one, other) => other.at - one.at)[0] ?? {};
  return { system: origin, at };
}

/** Policies that ask for the values compare the first field in which the two differ. */
function verdictOn(
  { policy, group }: Unit,
  differing: readonly Pair[],
  theirs: Pick<ConflictSide, 'system' | 'at'>,
  ours: Pick<ConflictSide, 'system' | 'at'>,
): Verdict {
  const order = group?.fields ?? [];
  const rank = ({ field }: Pair): number => order.indexOf(field.name);
  const [leading] = differing.toSorted((one, other) => rank(one) - rank(other));
  const type = leading?.field.canonicalType ?? { kind: 'string' };
  const incoming = { ...theirs, value: leading?.theirs.value ?? null };
  return resolveConflict(policy, type, incoming, { ...ours, value: leading?.ours.value ?? null });
}

function ownersWinner(turn: Turn, incoming: string, canonical: string): Verdict | null {
  const { ownership } = turn.rules;
  if (ownership === null) return null;
  const owner = ownership.ownerBy((field) => canonicalOf(turn.draft.state, field).value);
  return ownersVerdict({ owner }, incoming, canonical);
}
