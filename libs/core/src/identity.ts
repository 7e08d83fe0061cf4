/**
 * Records that turn out to be one, and copies that turn out to belong to another record (I6, S7).
 *
 * `absorb`: the survivor takes over the copies of the other, with what is under way to them. Neither side knew of the other,
 * so their fields are concurrent: equal ones agree, nothing is no opinion, sets are united, and the rest is `create_create`
 * for the field's policy with both values on record. A copy that was level stays level where its value is the common one;
 * all else counts as not having seen it, so edits under way are judged as concurrent. The other becomes an alias: it keeps
 * nothing, issues nothing, and forwards what still comes under its id. Where both hold a copy in the same system (or will),
 * nothing is merged: which of the two rows is meant only people know.
 *
 * `detach`: a link was moved, so a copy leaves the record without having been deleted. What is under way to it is forgotten,
 * and the copy arrives at its new record as on first contact.
 */
import { computeFields } from './computed.ts';
import type { AbsorbRefusal, Decision } from './decisions.ts';
import { draftOf } from './draft.ts';
import { isShownAs } from './edit.ts';
import { joinFields } from './identity-fields.ts';
import { compile } from './rules.ts';
import type { CompiledRules } from './rules.ts';
import { canonicalOf, entry, EXISTS, NO_REVIEWS, pendingOf, VERSION_NONE } from './state.ts';
import type { RecordState, SystemState } from './state.ts';
import { take } from './turn.ts';
import type { Turn } from './turn.ts';
import type { Command, EntityRules, Value } from './types.ts';

/** A record under its canonical id. */
export type Identified = { readonly record: string; readonly state: RecordState };
export type Decided = { readonly state: RecordState; readonly decisions: readonly Decision[] };

/** Both sides after it; where it is refused, both are as before. Levelling the survivor is the caller's next step. */
export function absorb(
  survivor: Identified,
  absorbed: Identified,
  rules: EntityRules,
  at: number,
): { readonly survivor: Decided; readonly absorbed: Decided } {
  const compiled = compile(rules);
  const turn: Turn = { draft: draftOf(survivor.state), rules: compiled, decisions: [] };
  const refusal = refusalOf(survivor, absorbed);
  if (refusal !== null) {
    take(turn, { type: 'absorb_refused', system: '', record: absorbed.record, at, ...refusal });
    return { survivor: decidedIn(turn), absorbed: { state: absorbed.state, decisions: [] } };
  }
  takeOver(turn, absorbed, at);
  const other: Turn = { draft: draftOf(absorbed.state), rules: compiled, decisions: [] };
  const version = absorbed.state.version + 1;
  take(other, { type: 'record_merged', system: '', record: survivor.record, version, at });
  return { survivor: decidedIn(turn), absorbed: decidedIn(other) };
}

/** The copy of this system is not of this record. The record ends where no other system holds it. */
export function detach(state: RecordState, system: string, rules: EntityRules, at: number): Decided {
  const turn: Turn = { draft: draftOf(state), rules: compile(rules), decisions: [] };
  const known = entry(state.systems, system);
  if (known === undefined || !holds(known)) return { state, decisions: [] };
  dropCandidates(turn, system);
  const isLast = !Object.entries(state.systems).some(([name, other]) => name !== system && holds(other));
  const version = isLast && state.exists.value ? state.version + 1 : state.version;
  take(turn, { type: 'copy_detached', system, nativeId: known.nativeId, isLast, version, at });
  return decidedIn(turn);
}

function decidedIn({ draft, decisions }: Turn): Decided {
  return { state: draft.state, decisions };
}

/** A copy is there, or one that was sent is on its way. */
function holds(system: SystemState): boolean {
  return system.exists.value || pendingOf(system).length > 0;
}

function refusalOf(survivor: Identified, absorbed: Identified): AbsorbRefusal | null {
  const [one, other] = [survivor.state, absorbed.state];
  if (survivor.record === absorbed.record || one.mergedInto !== null || other.mergedInto !== null) {
    return { reason: 'is_alias', systems: [] };
  }
  const systems = Object.keys(other.systems).filter((name) =>
    [one, other].every(({ systems: all }) => {
      const system = entry(all, name);
      return system !== undefined && holds(system);
    }),
  );
  if (systems.length > 0) return { reason: 'two_copies', systems };
  if (one.reviews !== NO_REVIEWS || other.reviews !== NO_REVIEWS) return { reason: 'in_review', systems: [] };
  // A copy that is to be deleted with its record must not be taken for one of a record that lives.
  const hasCopies = Object.values(other.systems).some(holds);
  if (!one.exists.value || (!other.exists.value && hasCopies)) return { reason: 'deleted', systems: [] };
  return null;
}

function takeOver(turn: Turn, { record, state }: Identified, at: number): void {
  const { draft } = turn;
  const before = draft.state.version;
  const version = before + 1;
  const { taken, agreed, conflicts } = state.exists.value
    ? joinFields(turn, { record, state, version })
    : { taken: [], agreed: [], conflicts: [] };
  const copies = Object.fromEntries(Object.entries(state.systems).filter(([name]) => !isHeld(draft.state, name)));
  const absorbed = { type: 'record_absorbed', system: '', record, version, at, fields: taken, agreed, copies } as const;
  // What the copies have seen can be told once it is known what the record says.
  const after: Turn = { ...turn, draft: draftOf(draft.state), decisions: [] };
  takeAll(after, [absorbed, ...conflicts], before);
  const restamped = Object.entries(copies).map(([name, system]) => {
    const stamp = { rules: turn.rules, name, record, theirs: state, ours: after.draft.state };
    return [name, restamp(stamp, system)] as const;
  });
  takeAll(turn, [{ ...absorbed, copies: Object.fromEntries(restamped) }, ...conflicts], before);
}

function takeAll(turn: Turn, decisions: readonly Decision[], before: number): void {
  for (const decision of decisions) take(turn, decision);
  computeFields(turn, { system: '', position: '' }, before);
}

function isHeld({ systems }: RecordState, name: string): boolean {
  const known = entry(systems, name);
  return known !== undefined && holds(known);
}

type Stamp = {
  readonly rules: CompiledRules;
  readonly name: string;
  readonly record: string;
  readonly theirs: RecordState;
  readonly ours: RecordState;
};

/** Versions of the absorbed record mean nothing in the survivor: those of values that both share become the survivor's. */
function restamp(stamp: Stamp, system: SystemState): SystemState {
  const shadows = Object.entries(system.shadows).map(([field, { value, version }]) => {
    return [field, { value, version: restampOne(stamp, field, version, value) }] as const;
  });
  const exists = { value: system.exists.value, version: restampOne(stamp, EXISTS, system.exists.version, null) };
  const applied = system.applied.map((command) => restampCommand(stamp, command));
  const inFlight = system.inFlight === null ? null : restampCommand(stamp, system.inFlight);
  return { ...system, exists, shadows: Object.fromEntries(shadows), applied, inFlight, rejected: {} };
}

function restampCommand(stamp: Stamp, command: Command): Command {
  const versions = Object.entries(command.versions).map(([field, version]) => {
    return [field, restampOne(stamp, field, version, entry(command.values, field) ?? null)] as const;
  });
  return { ...command, versions: Object.fromEntries(versions), record: command.record ?? stamp.record };
}

function restampOne({ rules, name, theirs, ours }: Stamp, field: string, version: number, value: Value): number {
  if (field === EXISTS) return version === theirs.exists.version ? ours.exists.version : VERSION_NONE;
  const compiled = rules.bySystem.get(name)?.fields.find((one) => one.name === field);
  if (compiled === undefined || version !== canonicalOf(theirs, field).version) return VERSION_NONE;
  const { value: shared, version: current } = canonicalOf(ours, field);
  return isShownAs(compiled, value, shared) ? current : VERSION_NONE;
}

/** What a copy would have had in a review is no candidate of a record that it is not of. */
function dropCandidates(turn: Turn, system: string): void {
  for (const [field, { candidates }] of Object.entries(turn.draft.state.reviews)) {
    if (!Object.hasOwn(candidates, system)) continue;
    const place = { system, position: '', field };
    const revision = turn.draft.state.revision + 1;
    take(turn, { type: 'review_updated', ...place, revision, candidate: null, held: null });
    if (Object.keys(candidates).length > 1) continue;
    take(turn, { type: 'review_closed', ...place, reason: 'detached', candidates: {} });
  }
}
