/**
 * Record ownership: a predicate over the record says which system owns it (a prospect is Salesforce's, a customer the
 * ERP's), and edits of others are overrides. The owner changes when a value of the predicate does, perhaps while edits of
 * others are under way. So an edit is judged by the ownership that its system had seen, or by the present one if that is
 * kinder: nobody is blamed for what they could not know. The edit that hands the record over is made under the ownership
 * before it. Between an edit made under an earlier ownership and the present owner, the present owner wins.
 *
 * A field that may not be written in a system (its own ids and stamps) is that system's, whoever owns the record.
 */
import { CANONICAL_STAYS, INCOMING_WINS } from './policies.ts';
import type { Verdict } from './policies.ts';
import { project, same } from './projection.ts';
import type { CompiledField, CompiledSystem } from './rules.ts';
import { canonicalOf, entry, systemOf, VERSION_NONE } from './state.ts';
import type { RecordState, SystemState } from './state.ts';
import type { Incoming, Turn } from './turn.ts';
import type { Condition, EntityRules, FieldType, TargetEdit, Value } from './types.ts';

type ValueOf = (field: string) => Value;
type Test = (valueOf: ValueOf) => boolean;

export type CompiledOwnership = {
  readonly ownerBy: (valueOf: ValueOf) => string | null;
  readonly targetEdit: TargetEdit;
};

/** What a system may do to the record that it tells of. */
export type Claim = {
  /** It may speak: it owns the record or shares it, now or as far as it had seen. */
  readonly entitled: boolean;
  /** Who owns the record now; null when it is shared. */
  readonly owner: string | null;
  readonly targetEdit: TargetEdit;
};

export function compileOwnership({ ownership, fields }: EntityRules): CompiledOwnership | null {
  if (ownership === undefined) return null;
  const rules = ownership.rules.map(({ when, owner }) => ({ holds: compileCondition(when, fields), owner }));
  return {
    ownerBy: (valueOf) => rules.find(({ holds }) => holds(valueOf))?.owner ?? null,
    targetEdit: ownership.targetEdit,
  };
}

function compileCondition(condition: Condition, fields: EntityRules['fields']): Test {
  if ('all' in condition) {
    const tests = condition.all.map((one) => compileCondition(one, fields));
    return (valueOf) => tests.every((test) => test(valueOf));
  }
  if ('any' in condition) {
    const tests = condition.any.map((one) => compileCondition(one, fields));
    return (valueOf) => tests.some((test) => test(valueOf));
  }
  if ('not' in condition) {
    const test = compileCondition(condition.not, fields);
    return (valueOf) => !test(valueOf);
  }
  const { field } = condition;
  const type: FieldType = entry(fields, field)?.type ?? { kind: 'json' };
  const accepted = condition.in.map((value) => project(type, value));
  return (valueOf) => {
    const value = project(type, valueOf(field));
    return accepted.some((one) => same(type, one, value));
  };
}

/** Null where records have no owners. */
export function claimOf(turn: Turn, system: CompiledSystem): Claim | null {
  const { ownership } = turn.rules;
  if (ownership === null) return null;
  const { state } = turn.draft;
  const { targetEdit, ownerBy } = ownership;
  const known = systemOf(state, system.name);
  // Nobody owns what does not exist: whoever makes a record may.
  if (!state.exists.value && !known.exists.value) return { entitled: true, owner: null, targetEdit };
  const owner = ownerBy((field) => canonicalOf(state, field).value);
  const isFree = (one: string | null): boolean => one === null || one === system.name;
  const entitled = isFree(owner) || (known.exists.value && isFree(ownerBy(viewOf(state, known))));
  return { entitled, owner, targetEdit };
}

/**
 * The record as the system showed it to its users; of what it does not show they had no other idea than the record itself.
 * What they put there themselves without being entitled to gives them no right.
 */
function viewOf(state: RecordState, known: SystemState): ValueOf {
  return (field) => {
    const shadow = entry(known.shadows, field);
    const canonical = canonicalOf(state, field);
    if (shadow === undefined || shadow.version === canonical.version) return canonical.value;
    return shadow.version === VERSION_NONE || known.kept.includes(field) ? canonical.value : shadow.value;
  };
}

/** Edits of this field in this change flow into the canonical record. */
export function flows({ claim }: Incoming, { access }: CompiledField): boolean {
  return access.read && (claim === null || claim.entitled || !access.write);
}

/** The side of the present owner wins, where exactly one of the two is its; else null. */
export function ownersVerdict(claim: Pick<Claim, 'owner'> | null, incoming: string, canonical: string): Verdict | null {
  if (claim === null || claim.owner === null || incoming === canonical) return null;
  if (claim.owner === incoming) return INCOMING_WINS;
  return claim.owner === canonical ? CANONICAL_STAYS : null;
}
