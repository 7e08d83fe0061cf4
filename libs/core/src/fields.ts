/**
 * What a change says about each field. The value is compared with the shadow, which is what the system held before: only
 * a difference is an edit, so a full image needs no `before`. An edit made on the current canonical value is a
 * fast-forward, one that arrives at it is agreement, anything else is a true concurrent edit and the policy's to answer.
 */
import { agreementOf } from './agreement.ts';
import { resolved, versionAfter } from './conflict.ts';
import type { Decision } from './decisions.ts';
import { meetUnseen } from './existence.ts';
import { changeOf, hasSeen, isContested, isOwnAnswer, isShownAs, isUnsettled, ourVersion } from './edit.ts';
import type { Draw, Edit } from './edit.ts';
import { decideGroups } from './groups.ts';
import { chainAfter, detectLoop, isLoop } from './loop.ts';
import { decideMerge } from './merge.ts';
import { CANONICAL_STAYS, resolveConflict } from './policies.ts';
import { flows, ownersVerdict } from './ownership.ts';
import { project, same } from './projection.ts';
import { canBeReviewed, decideInReview, isInReview, openReview, reviewOf, withdraw } from './review.ts';
import { canonicalOf, entry, EXISTS, systemOf } from './state.ts';
import type { RecordState } from './state.ts';
import { take } from './turn.ts';
import type { Incoming, Turn } from './turn.ts';
import type { Value } from './types.ts';

export function decideFields(turn: Turn, incoming: Incoming): void {
  const edits = collectEdits(turn.draft.state, incoming);
  if (edits.length === 0) return;
  if (!turn.draft.state.exists.value && !decideOnDeleted(turn, incoming, edits)) return;
  const draw: Draw = { learned: [], agreed: [], superseded: [], changed: [], single: [] };
  const { groups } = incoming.system;
  const single = groups.length === 0 ? edits : decideGroups(turn, incoming, edits, draw);
  for (const edit of single) decideEdit(turn, incoming, edit, draw);
  takeAll(turn, incoming, draw);
}

function collectEdits(state: RecordState, { change, system, isNew }: Incoming): Edit[] {
  const known = systemOf(state, system.name);
  const edits: Edit[] = [];
  for (const field of system.fields) {
    const told = entry(change.values, field.name);
    const shadow = entry(known.shadows, field.name);
    if (told === undefined && (!change.complete || (shadow !== undefined && !isNew))) continue;
    const held = told === undefined || told === shadow?.value ? (told ?? null) : project(field.access.type, told);
    if (shadow !== undefined && same(field.access.type, held, shadow.value)) continue;
    edits.push({ field, held, before: shadow, canonical: canonicalOf(state, field.name) });
  }
  return edits;
}

/**
 * The record is deleted, but this system still holds it. An edit of its user is in conflict with the delete. Whoever wins,
 * the fields are then decided as ever: what the record last was stays known, should it come back from elsewhere.
 * Returns false for a copy that is none of ours: what happens there is only remembered.
 */
function decideOnDeleted(turn: Turn, incoming: Incoming, edits: readonly Edit[]): boolean {
  const { exists } = turn.draft.state;
  const known = systemOf(turn.draft.state, incoming.system.name);
  if (exists.version === 0 || known.exists.version === exists.version) {
    learn(turn, incoming, edits);
    return false;
  }
  // A row made again while people think about its existence: that it is there is its wish, and told already.
  if (incoming.isNew && reviewOf(turn.draft.state, EXISTS) !== undefined) return true;
  const isUsers =
    incoming.change.echo === null && edits.some(({ field, before }) => flows(incoming, field) && before !== undefined);
  if (isUsers) {
    const values = Object.fromEntries(edits.map(({ field, held }) => [field.name, held]));
    const canonical = { system: exists.origin, value: false, at: exists.at };
    meetUnseen(turn, incoming, { exists: true, baseVersion: known.exists.version, values, canonical });
  }
  return true;
}

function learn(turn: Turn, { change, system }: Incoming, edits: readonly Edit[]): void {
  const fields = edits.map(({ field, held, before }) => ({ field: field.name, held, version: before?.version ?? 0 }));
  take(turn, { type: 'learned', system: system.name, position: change.position, fields });
}

function decideEdit(turn: Turn, incoming: Incoming, edit: Edit, draw: Draw): void {
  const { field, held, before, canonical } = edit;
  // On first contact nothing is no opinion: an empty field is filled, not emptied on the other side.
  const isOpen = isInReview(turn.draft.state, field);
  const isFirst = before === undefined || incoming.isNew;
  if (isFirst && held === null && !(isOpen && saysOther(incoming, field))) {
    draw.learned.push({ field: field.name, held, version: canonical.value === null ? canonical.version : 0 });
    return;
  }
  if (!isOpen && saysNothing(turn, incoming, edit)) {
    draw.single.push(ignoreNull(incoming, edit));
    return;
  }
  if (field.merge !== null && !isOpen && decideMerge(turn, incoming, edit, draw)) return;
  if (isShownAs(field, held, canonical.value)) {
    draw.agreed.push(agreementOf(turn, incoming, edit));
    if (isOpen) draw.single.push(...withdraw(turn, incoming, field.name, held));
    return;
  }
  const ours = ourVersion(turn.draft.state, incoming, edit);
  if (ours !== null) {
    draw.learned.push({ field: field.name, held, version: ours });
    return;
  }
  if (!flows(incoming, field)) {
    draw.single.push(reportOverride(turn, incoming, edit));
    return;
  }
  const value = project(field.canonicalType, held);
  if (isOpen) {
    decideInReview(turn, incoming, edit, draw);
    return;
  }
  // On first contact nothing is no opinion on the other side either.
  const isFilled = canonical.value === null && isFirst;
  if (isFilled || (hasSeen(edit, incoming.isNew) && !mayHoldOurs(turn, incoming, field))) {
    const chain = chainAfter(turn, incoming, edit, value);
    const change = changeOf(incoming, edit, value);
    if (chain === null) draw.changed.push(change);
    else if (isLoop(turn.rules, chain)) draw.single.push(detectLoop(turn, incoming, edit, chain));
    else draw.changed.push({ ...change, chain });
    return;
  }
  if (before !== undefined && isOwnAnswer(incoming, field.name)) {
    draw.superseded.push({ field: field.name, held, version: before.version });
    return;
  }
  draw.single.push(resolveEdit(turn, incoming, edit, value));
}

/** Of a unit in review nothing is an opinion too, if its system has one on the rest of the unit: a person may choose that. */
function saysOther({ change }: Incoming, { group }: Edit['field']): boolean {
  return group?.fields.some((one) => (entry(change.values, one) ?? null) !== null) ?? false;
}

/** Whatever was edited, our own write may be in it: of a sum or a set that is more than its user said. */
function mayHoldOurs(turn: Turn, incoming: Incoming, { merge, name }: Edit['field']): boolean {
  return merge !== null && isUnsettled(turn, incoming, name);
}

function saysNothing(turn: Turn, incoming: Incoming, edit: Edit): boolean {
  const { field, held, canonical } = edit;
  if (held !== null || field.access.ignoresNulls !== true || canonical.value === null) return false;
  return flows(incoming, field) && ourVersion(turn.draft.state, incoming, edit) === null;
}

/** Whoever emptied the field has seen what it held, so the copy is left alone until there is another value. */
function ignoreNull(incoming: Incoming, edit: Edit): Decision {
  return { ...overrideOf(incoming, edit), treatment: 'reported', reason: 'nulls_ignored' };
}

function overrideOf({ change, system }: Incoming, { field, held, canonical }: Edit) {
  return {
    type: 'override_reported' as const,
    system: system.name,
    position: change.position,
    field: field.name,
    held,
    canonical: canonical.value,
    canonicalVersion: canonical.version,
    derived: change.echo !== null,
  };
}

function reportOverride(turn: Turn, incoming: Incoming, edit: Edit): Decision {
  const { change, claim } = incoming;
  const { field, held, before } = edit;
  const byOwnership = field.access.read;
  const { targetEdit } = byOwnership && claim !== null ? claim : field.access;
  const isFought = targetEdit === 'overwritten' && change.echo === null;
  const chain = isFought ? chainAfter(turn, incoming, edit, project(field.canonicalType, held)) : null;
  if (chain !== null && isLoop(turn.rules, chain)) return detectLoop(turn, incoming, edit, chain);
  return {
    ...overrideOf(incoming, edit),
    ...(chain === null ? {} : { chain }),
    // A difference found on first contact is no user's override.
    treatment: before === undefined && targetEdit === 'kept' ? 'reported' : targetEdit,
    ...(byOwnership ? { reason: 'record_ownership' as const } : {}),
  };
}

function resolveEdit(turn: Turn, incoming: Incoming, edit: Edit, value: Value): Decision {
  const { change, system, isNew } = incoming;
  const { field, held, before, canonical } = edit;
  const incomingSide = { system: system.name, value, at: change.at };
  const canonicalSide = { system: canonical.origin, value: canonical.value, at: canonical.at };
  const contested = isContested(turn, incoming, field.name);
  const owners = contested ? null : ownersVerdict(incoming.claim, system.name, canonical.origin);
  const met = {
    system: system.name,
    position: change.position,
    field: field.name,
    kind: isNew ? 'create_create' : 'update_update',
    policy: owners === null ? field.policy.kind : 'record_ownership',
    baseVersion: before?.version ?? null,
    canonicalVersion: canonical.version,
    held,
    incoming: incomingSide,
    canonical: canonicalSide,
    derived: change.echo !== null || contested,
  } as const;
  if (met.policy === 'manual' && canBeReviewed(turn.draft.state)) return openReview(turn, met);
  const verdict = contested
    ? CANONICAL_STAYS
    : (owners ?? resolveConflict(field.policy, field.canonicalType, incomingSide, canonicalSide));
  return resolved(met, verdict, versionAfter(turn, incoming, verdict));
}

function takeAll(turn: Turn, { change, system, version }: Incoming, draw: Draw): void {
  const of = { system: system.name, position: change.position };
  if (draw.learned.length > 0) take(turn, { ...of, type: 'learned', fields: draw.learned });
  if (draw.agreed.length > 0) take(turn, { ...of, type: 'agreed', fields: draw.agreed });
  if (draw.superseded.length > 0) take(turn, { ...of, type: 'derived_superseded', fields: draw.superseded });
  if (draw.changed.length > 0) {
    const content = { version, at: change.at, fields: draw.changed };
    if (change.echo === null) take(turn, { ...of, type: 'fast_forwarded', ...content });
    else take(turn, { ...of, type: 'derived', sequence: change.echo, ...content });
  }
  for (const decision of draw.single) take(turn, decision);
}
