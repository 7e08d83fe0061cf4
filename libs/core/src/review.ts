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
import { isOwnAnswer } from './edit.ts';
import type { Draw, Edit } from './edit.ts';
import { project } from './projection.ts';
import { canonicalOf, entry, EXISTS, NO_REVIEWS, VERSION_NONE } from './state.ts';
import type { Candidate, RecordState, Review } from './state.ts';
import { take } from './turn.ts';
import type { Incoming, Turn } from './turn.ts';
import type { Resolution, Value } from './types.ts';

export function reviewOf({ reviews }: RecordState, field: string): Review | undefined {
  return reviews === NO_REVIEWS ? undefined : entry(reviews, field);
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
export function decideInReview(turn: Turn, incoming: Incoming, { field, held, before }: Edit, draw: Draw): void {
  if (before !== undefined && isOwnAnswer(incoming, field.name)) {
    draw.superseded.push({ field: field.name, held, version: VERSION_NONE });
    return;
  }
  const standing = { held, value: project(field.canonicalType, held), baseVersion: before?.version ?? null };
  draw.single.push(stand(turn, incoming, field.name, standing));
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

export function decideResolution(turn: Turn, { field, choice, revision, by, at }: Resolution): void {
  const { state } = turn.draft;
  const review = reviewOf(state, field);
  const answer = { system: '', field, by, at, revision } as const;
  if (review === undefined) return take(turn, { type: 'resolution_refused', ...answer, reason: 'no_review' });
  if (review.revision !== revision) return take(turn, { type: 'resolution_refused', ...answer, reason: 'outdated' });
  const previous = field === EXISTS ? state.exists.value : canonicalOf(state, field).value;
  const value = chosenValue(turn, { field, choice }, review, previous);
  if (value === undefined) return take(turn, { type: 'resolution_refused', ...answer, reason: 'no_candidate' });
  const { kind, candidates } = review;
  const version = state.version + 1;
  take(turn, { type: 'review_resolved', ...answer, kind, choice, previous, value, version, candidates });
  if (field === EXISTS) closeReviews(turn, '', '');
}

/** Undefined where there is no such choice. */
function chosenValue(
  turn: Turn,
  { field, choice }: Pick<Resolution, 'field' | 'choice'>,
  review: Review,
  canonical: Value,
): Value | undefined {
  if ('canonical' in choice) return canonical;
  if ('system' in choice) return entry(review.candidates, choice.system)?.value;
  if (field === EXISTS) return typeof choice.value === 'boolean' ? choice.value : undefined;
  const type = turn.rules.canonicalTypes.get(field);
  return type === undefined ? choice.value : project(type, choice.value);
}
