/**
 * Reviews: fields (and existence) whose policy is a person's answer. A true concurrent edit opens one; while it is open the
 * canonical value stays, no command writes the field anywhere, and whatever users write next becomes their system's
 * candidate, because none of them has seen the others'. It ends when a person chooses, when all arrive at the same value
 * by themselves, or with the record. The rest of the record flows on.
 *
 *     conflict → open ──edit──▶ candidates change (revision rises) ──┬─ resolution of that very revision → new version
 *                                                                    ├─ last candidate agrees → closed
 *                                                                    └─ record deleted → closed
 */
import type { ConflictSide, Decision, ReviewOpened } from './decisions.ts';
import { isOwnAnswer, isShownAs } from './edit.ts';
import type { Draw, Edit } from './edit.ts';
import { project } from './projection.ts';
import { canonicalOf, entry, EXISTS, NO_REVIEWS, systemOf, VERSION_NONE } from './state.ts';
import type { Candidate, RecordState, Review } from './state.ts';
import type { CanonicalField, CompiledGroup } from './rules.ts';
import { take } from './turn.ts';
import type { Incoming, Turn } from './turn.ts';
import type { Resolution, Value } from './types.ts';

export function reviewOf({ reviews }: RecordState, field: string): Review | undefined {
  return reviews === NO_REVIEWS ? undefined : entry(reviews, field);
}

/** The field, or the unit that it is part of, waits for a person. */
export function isInReview(state: RecordState, { name, group }: CanonicalField): boolean {
  if (state.reviews === NO_REVIEWS) return false;
  return group === null ? reviewOf(state, name) !== undefined : isUnitInReview(state, group);
}

export function isUnitInReview(state: RecordState, { fields }: CompiledGroup): boolean {
  return state.reviews !== NO_REVIEWS && fields.some((field) => reviewOf(state, field) !== undefined);
}

/** A record that is gone has nobody to look at its fields, unless just that is in review. */
export function canBeReviewed(state: RecordState): boolean {
  return state.exists.value || reviewOf(state, EXISTS) !== undefined;
}

type Opening = Pick<
  ReviewOpened,
  'system' | 'position' | 'field' | 'kind' | 'policy' | 'baseVersion' | 'held' | 'derived' | 'absorbed'
> & {
  readonly incoming: ConflictSide;
  readonly canonical: ConflictSide;
  readonly group?: string;
};

export function openReview(turn: Turn, opening: Opening): ReviewOpened {
  const { state } = turn.draft;
  const current = opening.field === EXISTS ? state.exists : canonicalOf(state, opening.field);
  return {
    type: 'review_opened',
    revision: state.revision + 1,
    canonicalVersion: current.version,
    ...opening,
  };
}

/** An answer of the system itself to what we wrote is nobody's wish: it will answer the next value too. */
export function decideInReview(turn: Turn, incoming: Incoming, edit: Edit, draw: Draw): void {
  const { field, held, before } = edit;
  if (before !== undefined && isOwnAnswer(incoming, field.name)) {
    draw.superseded.push({ field: field.name, held, version: VERSION_NONE });
    return;
  }
  const value = project(field.canonicalType, held);
  const baseVersion = before?.version ?? null;
  // Of a unit in review any field may get a candidate, also one in which nobody differed so far.
  const isFirst = reviewOf(turn.draft.state, field.name) === undefined;
  draw.single.push(
    isFirst ? join(turn, incoming, edit, value) : stand(turn, incoming, field.name, { held, value, baseVersion }),
  );
}

function join(turn: Turn, { change, system, isNew }: Incoming, edit: Edit, value: Value): ReviewOpened {
  const { field, held, before, canonical } = edit;
  return openReview(turn, {
    system: system.name,
    position: change.position,
    field: field.name,
    ...(field.group === null ? {} : { group: field.group.name }),
    kind: isNew ? 'create_create' : 'update_update',
    policy: field.policy.kind,
    baseVersion: before?.version ?? null,
    held,
    incoming: { system: system.name, value, at: change.at },
    canonical: { system: canonical.origin, value: canonical.value, at: canonical.at },
    derived: change.echo !== null,
  });
}

/** An edit of a field in review, also one that knew the canonical value: its author had not seen the candidates. */
export function stand(turn: Turn, { change, system }: Incoming, field: string, of: Standing): Decision {
  const { state } = turn.draft;
  const standing = entry(reviewOf(state, field)?.candidates ?? {}, system.name);
  const baseVersion = standing === undefined ? of.baseVersion : standing.baseVersion;
  const candidate: Candidate = { value: of.value, at: change.at, baseVersion };
  const revision = state.revision + 1;
  const place = { system: system.name, position: change.position };
  return { type: 'review_updated', ...place, field, revision, candidate, held: of.held };
}
type Standing = { readonly held: Value; readonly value: Value; readonly baseVersion: number | null };

/** The system arrived at the canonical value: what it would have had instead is nobody's wish any more. */
export function withdraw(turn: Turn, { change, system }: Incoming, field: string, held: Value): readonly Decision[] {
  const { state } = turn.draft;
  const candidates = reviewOf(state, field)?.candidates ?? {};
  if (!Object.hasOwn(candidates, system.name)) return [];
  const place = { system: system.name, position: change.position, field };
  const revision = state.revision + 1;
  const updated: Decision = { type: 'review_updated', ...place, revision, candidate: null, held };
  if (Object.keys(candidates).length > 1) return [updated];
  return [updated, { type: 'review_closed', ...place, reason: 'agreed', candidates: {} }];
}

/** The record is deleted, and with it every question about its fields. */
export function closeReviews(turn: Turn, system: string, position: string): void {
  const { reviews, exists } = turn.draft.state;
  if (reviews === NO_REVIEWS || exists.value || Object.hasOwn(reviews, EXISTS)) return;
  for (const [field, { candidates }] of Object.entries(reviews)) {
    take(turn, { type: 'review_closed', system, position, field, reason: 'deleted', candidates });
  }
}

export function decideResolution(turn: Turn, resolution: Resolution): void {
  const { field, choice, revision, by, at } = resolution;
  const { state } = turn.draft;
  const answer = { system: '', field, by, at, revision } as const;
  const open = openFields(turn, field);
  const newest = Math.max(...open.map((one) => reviewOf(state, one)?.revision ?? 0));
  if (open.length === 0) return take(turn, { type: 'resolution_refused', ...answer, reason: 'no_review' });
  if (newest !== revision) return take(turn, { type: 'resolution_refused', ...answer, reason: 'outdated' });
  const chosen = chosenValues(turn, resolution, open);
  if (chosen === null) return take(turn, { type: 'resolution_refused', ...answer, reason: 'no_candidate' });
  const version = state.version + 1;
  const group = turn.rules.fields.get(field)?.group?.name;
  for (const [name, value] of chosen) {
    const { kind, candidates } = reviewOf(state, name) ?? UNDISPUTED;
    const previous = name === EXISTS ? state.exists.value : canonicalOf(state, name).value;
    const of = { ...answer, field: name, ...(group === undefined ? {} : { group }) };
    take(turn, { type: 'review_resolved', ...of, kind, choice, previous, value, version, candidates });
  }
  if (field === EXISTS) closeReviews(turn, '', '');
}

/** A field of a unit in review that a person changes although nobody differed there. */
const UNDISPUTED: Pick<Review, 'kind' | 'candidates'> = { kind: 'update_update', candidates: {} };

/** The field, or all those of its unit, as far as they are in review. */
function openFields({ rules, draft }: Turn, field: string): readonly string[] {
  const unit = rules.fields.get(field)?.group?.fields ?? [field];
  return unit.filter((one) => reviewOf(draft.state, one) !== undefined);
}

type Chosen = readonly (readonly [field: string, value: Value])[];

/** Null where there is no such choice. */
function chosenValues(turn: Turn, { field, choice }: Resolution, open: readonly string[]): Chosen | null {
  const { state } = turn.draft;
  const current = (one: string): Value => (one === EXISTS ? state.exists.value : canonicalOf(state, one).value);
  if ('canonical' in choice) return open.map((one) => [one, current(one)]);
  if ('system' in choice) {
    const candidates = open.map((one) => entry(reviewOf(state, one)?.candidates ?? {}, choice.system));
    if (candidates.every((one) => one === undefined)) return null;
    return unitOf(turn, field, choice.system).map((one) => [one, wishOf(turn, choice.system, one, current(one))]);
  }
  const values = 'values' in choice ? choice.values : { [field]: choice.value };
  const unit = turn.rules.fields.get(field)?.group?.fields ?? [field];
  if (Object.keys(values).some((one) => !unit.includes(one))) return null;
  if (field === EXISTS && typeof values[EXISTS] !== 'boolean') return null;
  const own = Object.entries(values).map(([one, value]) => [one, typed(turn, one, value)] as const);
  const others = open.filter((one) => !Object.hasOwn(values, one));
  return [...own, ...others.map((one) => [one, current(one)] as const)];
}

/** What is chosen with a system is its whole unit, also the fields in which nobody differed when it was edited. */
function unitOf(turn: Turn, field: string, system: string): readonly string[] {
  const unit = turn.rules.fields.get(field)?.group?.fields;
  if (unit === undefined) return [field];
  const open = openFields(turn, field);
  const told = systemOf(turn.draft.state, system).shadows;
  return unit.filter((one) => open.includes(one) || entry(told, one) !== undefined);
}

/** Its candidate; else what it holds, where that is not what the canonical value looks like there. */
function wishOf({ draft, rules }: Turn, system: string, field: string, current: Value): Value {
  const candidate = entry(reviewOf(draft.state, field)?.candidates ?? {}, system);
  if (candidate !== undefined) return candidate.value;
  const shadow = entry(systemOf(draft.state, system).shadows, field);
  const compiled = rules.bySystem.get(system)?.fields.find(({ name }) => name === field);
  if (shadow === undefined || compiled === undefined || isShownAs(compiled, shadow.value, current)) return current;
  return project(compiled.canonicalType, shadow.value);
}

function typed({ rules }: Turn, field: string, value: Value): Value {
  const type = rules.fields.get(field)?.canonicalType;
  return type === undefined ? value : project(type, value);
}
