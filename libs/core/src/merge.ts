/**
 * Policies under which concurrent edits both count: the edit is what a system made of what it held before, and that is
 * added to the canonical value, whoever set it. Nobody loses, so there is no conflict; a third value may come of it, and
 * the decision (`merged`) tells both sides. Laws in merge.test.ts: whatever the order, the result is the same.
 */
import { addDifference } from './decimal.ts';
import type { Merged } from './decisions.ts';
import { changeOf, hasSeen, isOwnAnswer, isShownAs, isUnsettled, ourVersion } from './edit.ts';
import type { Draw, Edit } from './edit.ts';
import { chainAfter, detectLoop, isLoop } from './loop.ts';
import { flows } from './ownership.ts';
import { project } from './projection.ts';
import type { MergeKind } from './rules.ts';
import { applyChange, elementsOf, union } from './sets.ts';
import { VERSION_NONE } from './state.ts';
import type { Incoming, Turn } from './turn.ts';
import type { FieldType, Value } from './types.ts';

/** What a merge works on, each value in the canonical type. */
type Operands = { readonly canonical: Value; readonly before: Value; readonly held: Value };

/**
 * Decides on an edit of a field with such a policy. False where there is nothing to merge (no base to count from, no
 * number or set, a value that may be our own): the edit is then decided like any other, conflicts by the last write.
 */
export function decideMerge(turn: Turn, incoming: Incoming, edit: Edit, draw: Draw): boolean {
  const { field, held, before, canonical } = edit;
  const kind = field.merge;
  if (kind === null || !flows(incoming, field)) return false;
  const isFirst = before === undefined || incoming.isNew;
  if (ourVersion(turn.draft.state, incoming, edit) !== null || isUnsettled(turn, incoming, field.name)) return false;
  const isSeen = hasSeen(edit, incoming.isNew);
  if (kind === 'counter' ? isFirst : isTakenAsItIs(incoming, edit, kind, isSeen)) return false;
  const operands = {
    canonical: canonical.value,
    before: isFirst ? null : project(field.canonicalType, before.value),
    held: project(field.canonicalType, held),
  };
  const value = merge(kind, field.canonicalType, operands);
  if (value === undefined) return false;
  if (kind === 'counter' && difference(operands) === '0') return decideNothingAdded(edit, draw);
  const isSame = value === canonical.value;
  // Users may well count up and down again and again: only what is marked as automatic can be a loop here.
  const chain = incoming.change.echo === null ? null : chainAfter(turn, incoming, edit, value);
  if (chain !== null && isLoop(turn.rules, chain)) {
    draw.single.push(detectLoop(turn, incoming, edit, chain));
    return true;
  }
  const shadow = shadowVersion(edit, value, isSame ? canonical.version : incoming.version);
  const left = { ...(chain === null ? {} : { chain }), ...(shadow === incoming.version ? {} : { shadow }) };
  if (isSeen && !isSame) {
    draw.changed.push({ ...changeOf(incoming, edit, value), ...left });
    return true;
  }
  const version = isSame ? turn.draft.state.version : incoming.version;
  draw.single.push(mergedOf(incoming, edit, kind, { value, ...left, shadow, version }));
  return true;
}

/** Equal sets agree, first contact fills what is empty, and a union counts only what was not seen. */
function isTakenAsItIs(incoming: Incoming, { field, held, before, canonical }: Edit, kind: MergeKind, isSeen: boolean) {
  if (isShownAs(field, held, canonical.value)) return true;
  if (canonical.value === null && (before === undefined || incoming.isNew)) return true;
  if (kind === 'set_delta') return isSeen && incoming.isNew;
  return isSeen || (before !== undefined && isOwnAnswer(incoming, field.name));
}

/** The canonical value once the edit counts too; undefined when one of them is nothing that can be merged. */
export function merge(kind: MergeKind, type: FieldType, { canonical, before, held }: Operands): Value | undefined {
  if (kind === 'counter') {
    const sum = addDifference(String(canonical ?? 0), String(held ?? 0), String(before ?? 0));
    if (sum === null || [canonical, before, held].some((value) => typeof value === 'boolean')) return undefined;
    return project(type, sum);
  }
  const [current, earlier, later] = [elementsOf(canonical), elementsOf(before), elementsOf(held)];
  if (current === null || earlier === null || later === null) return undefined;
  const result = kind === 'set_union' ? union(current, later) : applyChange(current, earlier, later);
  // Null and the empty set hold the same: nothing came of it.
  return result === union(current, []) ? canonical : project(type, result);
}

function difference({ before, held }: Operands): string | null {
  return addDifference('0', String(held ?? 0), String(before ?? 0));
}

/**
 * The system shows another value although nothing was added: between nothing and 0 the user decides as in any field;
 * what cannot be told from the base in the canonical type is overwritten.
 */
function decideNothingAdded({ field, held, canonical }: Edit, draw: Draw): boolean {
  if (canonical.value === null || Number(canonical.value) === 0) return false;
  const isSame = isShownAs(field, held, canonical.value);
  const sighting = { field: field.name, held, version: isSame ? canonical.version : VERSION_NONE };
  (isSame ? draw.agreed : draw.learned).push(sighting);
  return true;
}

/** The system has the result already if it cannot tell it from what it holds; else it is still at what it had seen. */
function shadowVersion({ field, held, before }: Edit, value: Value, version: number): number {
  if (isShownAs(field, held, value)) return version;
  return before === undefined || before.version === version ? VERSION_NONE : before.version;
}

function mergedOf(
  { change, system, isNew }: Incoming,
  { field, held, before, canonical }: Edit,
  policy: MergeKind,
  result: Pick<Merged, 'value' | 'shadow' | 'version' | 'chain'>,
): Merged {
  return {
    type: 'merged',
    system: system.name,
    position: change.position,
    field: field.name,
    kind: isNew ? 'create_create' : 'update_update',
    policy,
    baseVersion: before?.version ?? null,
    base: isNew ? null : (before?.value ?? null),
    canonicalVersion: canonical.version,
    held,
    incoming: { system: system.name, value: project(field.canonicalType, held), at: change.at },
    canonical: { system: canonical.origin, value: canonical.value, at: canonical.at },
    ...result,
    derived: change.echo !== null,
  };
}
