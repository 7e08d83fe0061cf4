/**
 * Field groups: fields that mean something only together (street, city and postal code are one address). A change of any
 * of them is judged for the unit: it had not seen the unit if it had not seen one of its fields, and a true conflict has
 * one winner for all of them. So a copy never shows a mix of two addresses, and I3 holds of the tuple.
 *
 * Here only true conflicts of units are decided, and answers to superseded units; all other edits are decided like those of
 * any field. The unit of a system is what it can speak for: fields that flow out of it and that it has told of.
 */
import { agreementOf } from './agreement.ts';
import { resolved, versionAfter } from './conflict.ts';
import type { ConflictSide, PolicyName } from './decisions.ts';
import { changeOf, hasSeen, isContested, isShownAs, ourVersion } from './edit.ts';
import type { Draw, Edit } from './edit.ts';
import { compareValues } from './order.ts';
import { flows, ownersVerdict } from './ownership.ts';
import { CANONICAL_STAYS, resolveConflict } from './policies.ts';
import type { Verdict } from './policies.ts';
import { project } from './projection.ts';
import { canBeReviewed, isUnitInReview, openReview } from './review.ts';
import type { CompiledGroup } from './rules.ts';
import { canonicalOf, entry, systemOf, VERSION_NONE } from './state.ts';
import type { RecordState } from './state.ts';
import type { Incoming, Turn } from './turn.ts';

type Member = Edit & { readonly isEdited: boolean };
type Unit = { readonly group: CompiledGroup; readonly members: readonly Member[] };

/** Decides on units in conflict and returns the edits that are still to be decided. */
export function decideGroups(turn: Turn, incoming: Incoming, edits: readonly Edit[], draw: Draw): readonly Edit[] {
  let rest = edits;
  for (const group of incoming.system.groups) {
    if (isUnitInReview(turn.draft.state, group)) continue;
    const members = membersOf(turn.draft.state, incoming, group, rest);
    if (!members.some(({ isEdited }) => isEdited)) continue;
    if (isUnitMadeAnew(incoming, members)) replaceUnit(incoming, members, draw);
    else if (!isUnseen(incoming, members)) continue;
    else if (isAnswer(incoming, members)) supersede(members, draw);
    else resolveUnit(turn, incoming, { group, members }, draw);
    rest = rest.filter(({ field }) => !members.some((member) => member.field === field && member.isEdited));
  }
  return rest;
}

/** What a row shows of our own write is not among them: that is decided like any other field. */
function membersOf(
  state: RecordState,
  incoming: Incoming,
  group: CompiledGroup,
  edits: readonly Edit[],
): readonly Member[] {
  const { shadows } = systemOf(state, incoming.system.name);
  return incoming.system.fields.flatMap((field): readonly Member[] => {
    if (field.group !== group || !flows(incoming, field)) return [];
    const edit = edits.find((one) => one.field === field);
    if (edit !== undefined) {
      const ours = ourVersion(state, incoming, edit);
      if (ours === null) return [{ ...edit, isEdited: true }];
      return [{ ...edit, before: { value: edit.held, version: ours }, isEdited: false }];
    }
    const before = entry(shadows, field.name);
    const canonical = canonicalOf(state, field.name);
    return before === undefined ? [] : [{ field, held: before.value, before, canonical, isEdited: false }];
  });
}

function isUnseen(incoming: Incoming, members: readonly Member[]): boolean {
  if (members.every(isSame)) return false;
  if (!incoming.isNew) return members.some((member) => !hasSeenMember(member));
  return contradicts(members) && members.some((member) => !hasSeen(member, true));
}

/** On first contact nothing is no opinion: the emptier of two units that do not contradict each other is filled. */
function contradicts(members: readonly Member[]): boolean {
  const isContained = members.every((member) => member.held === null || isSame(member));
  return !isContained && !members.every((member) => member.canonical.value === null || isSame(member));
}

/**
 * Made by somebody who had seen the canonical unit, on a copy that shows another one: the record was made again, or an
 * override stands there on record. The unit of that user is taken whole, and not filled up with the canonical one.
 */
function isUnitMadeAnew({ isNew, change }: Incoming, members: readonly Member[]): boolean {
  if (!members.every((member) => hasSeen(member, isNew))) return false;
  if (isNew) return contradicts(members);
  return change.echo === null && members.some((member) => !member.isEdited && isOverridden(member));
}

function isOverridden(member: Member): boolean {
  return member.before?.version === member.canonical.version && !isSame(member);
}

function replaceUnit(incoming: Incoming, members: readonly Member[], draw: Draw): void {
  for (const member of members) {
    if (!isSame(member))
      draw.changed.push(changeOf(incoming, member, project(member.field.canonicalType, member.held)));
    else if (member.isEdited)
      draw.agreed.push({ field: member.field.name, held: member.held, version: member.canonical.version });
  }
}

function hasSeenMember(member: Member): boolean {
  const isFirst = member.before === undefined;
  return hasSeen(member, false) || (isFirst && (member.held === null || member.canonical.value === null));
}

function isSame({ field, held, canonical }: Member): boolean {
  return isShownAs(field, held, canonical.value);
}

/** What the system made of our write of any field of the unit is an answer to that unit. */
function isAnswer({ change, echoed }: Incoming, members: readonly Member[]): boolean {
  if (change.echo === null) return false;
  return echoed === null || members.some(({ field }) => echoed.fields.includes(field.name));
}

/** The newer unit gets an answer of its own. A field that is not new in it is written all the same, else its old one stays. */
function supersede(members: readonly Member[], draw: Draw): void {
  for (const { field, held, before, canonical, isEdited } of members) {
    if (!isEdited) continue;
    const isCurrent = before?.version === canonical.version;
    draw.superseded.push({ field: field.name, held, version: isCurrent ? VERSION_NONE : (before?.version ?? 0) });
  }
}

function resolveUnit(turn: Turn, incoming: Incoming, unit: Unit, draw: Draw): void {
  const contested = unit.members.some(({ field, isEdited }) => isEdited && isContested(turn, incoming, field.name));
  const newest = newestUnseen(incoming, unit);
  const owners = contested ? null : ownersVerdict(incoming.claim, incoming.system.name, newest.system);
  const isForPeople = owners === null && unit.group.policy.kind === 'manual' && canBeReviewed(turn.draft.state);
  const policy: PolicyName = owners === null ? unit.group.policy.kind : 'record_ownership';
  const derived = incoming.change.echo !== null || contested;
  const verdict = contested ? CANONICAL_STAYS : (owners ?? verdictOn(incoming, unit, newest));
  for (const member of unit.members) {
    const { isEdited } = member;
    if (isSame(member)) {
      if (isEdited) draw.agreed.push(agreementOf(turn, incoming, member));
      continue;
    }
    // Where the canonical unit wins, there is nothing to say on fields that were not edited; people see both units whole.
    if (!isEdited && !isForPeople && verdict.winner === 'canonical') continue;
    const met = { ...sidesOf(incoming, unit, member, newest), policy, derived };
    draw.single.push(
      isForPeople ? openReview(turn, met) : resolved(met, verdict, versionAfter(turn, incoming, verdict)),
    );
  }
}

type Newest = Pick<ConflictSide, 'system' | 'at'>;

/** The canonical side of the unit: whoever set the newest of the fields that the system had not seen. */
function newestUnseen(incoming: Incoming, { members }: Unit): Newest {
  const unseen = members.filter((member) => !hasSeen(member, incoming.isNew));
  const newest = unseen.reduce<Member | null>((one, next) => (one === null || isNewer(next, one) ? next : one), null);
  const { origin = '', at = 0 } = newest?.canonical ?? {};
  return { system: origin, at };
}

function isNewer({ canonical: one }: Member, { canonical: other }: Member): boolean {
  return one.at > other.at || (one.at === other.at && one.version > other.version);
}

/** Policies that ask for the values compare the first field in which the two units differ. */
function verdictOn({ change, system }: Incoming, { group, members }: Unit, newest: Newest): Verdict {
  const valueOf = ({ field, held }: Member) => project(field.canonicalType, held);
  const leading = group.fields
    .map((name) => members.find(({ field }) => field.name === name))
    .find((one) => one && compareValues(one.field.canonicalType, valueOf(one), one.canonical.value) !== 0);
  const [type, ours, theirs] =
    leading === undefined
      ? ([{ kind: 'string' }, null, null] as const)
      : ([leading.field.canonicalType, valueOf(leading), leading.canonical.value] as const);
  const incoming = { system: system.name, at: change.at, value: ours };
  return resolveConflict(group.policy, type, incoming, { ...newest, value: theirs });
}

function sidesOf({ change, system, isNew }: Incoming, { group }: Unit, member: Member, newest: Newest) {
  const { field, held, before, canonical } = member;
  return {
    system: system.name,
    position: change.position,
    field: field.name,
    group: group.name,
    kind: isNew ? 'create_create' : 'update_update',
    baseVersion: before?.version ?? null,
    canonicalVersion: canonical.version,
    held,
    incoming: { system: system.name, value: project(field.canonicalType, held), at: change.at },
    canonical: { ...newest, value: canonical.value },
  } as const;
}
