/**
 * Automation that answers automation: a trigger changes what we wrote, the change goes to the other system, a flow there
 * answers, and so on for ever. Per field the *chain* holds what happened since a user last spoke; when it would hold more
 * than `maxUpdates` automatic changes within `windowMs`, the field is frozen in a review of kind `loop` that names the
 * cycle, and the other fields flow on. Times are those of the changes themselves: the core has no clock.
 *
 * A change that our mark says was made in our own transaction is automatic. One without a mark (an asynchronous flow) is
 * taken for an answer only if it recurs: the same system sets the same value again on what another system had set.
 */
import type { ConflictSide, LoopDetected } from './decisions.ts';
import type { Edit } from './edit.ts';
import { flows } from './ownership.ts';
import { same } from './projection.ts';
import { entry } from './state.ts';
import type { Candidate, ChainLink, RecordState } from './state.ts';
import type { Incoming, Turn } from './turn.ts';
import type { Value } from './types.ts';

/** The first entries are what users said, one for each system of the cycle: an answer recurs only against them. */
const STARTERS_MAX = 3;
const NO_CHAIN: readonly ChainLink[] = [];

/** The chain once this edit is taken; null where none has to be remembered: a user spoke, or nobody wants to know. */
export function chainAfter(turn: Turn, incoming: Incoming, edit: Edit, value: Value): readonly ChainLink[] | null {
  const { loopPrevention } = turn.rules;
  if (loopPrevention === null) return null;
  const { change, system } = incoming;
  const { field, canonical } = edit;
  const isMarked = change.echo !== null;
  const isOverride = !flows(incoming, field);
  const since = change.at - loopPrevention.windowMs;
  const replacesOther = canonical.version > 0 && canonical.origin !== system.name && canonical.at >= since;
  if (!isMarked && !replacesOther && !isOverride) return null;
  const earlier = chainOf(turn.draft.state, field.name).filter(({ at }) => at >= since);
  const recurs = (link: ChainLink): boolean =>
    link.system === system.name && same(field.canonicalType, link.value, value);
  const automated = isMarked || earlier.some(recurs);
  const replaced = { system: canonical.origin, value: canonical.value, at: canonical.at, automated: false };
  const start = earlier.length > 0 || isMarked || isOverride ? earlier : [replaced];
  const link = { system: system.name, value, at: change.at, automated };
  // What a system sets beside what users told it (the time of the last change) follows their words, not automation.
  if (isMarked && isBesideWords(turn, incoming, field.name)) return [link];
  return [...start, link].slice(-(loopPrevention.maxUpdates + STARTERS_MAX));
}

/** The command that is answered did not write the field, but something that a user said last. */
function isBesideWords({ draft }: Turn, { echoed }: Incoming, field: string): boolean {
  if (echoed === null || echoed.fields.includes(field)) return false;
  return echoed.fields.some((one) => chainOf(draft.state, one).at(-1)?.automated !== true);
}

export function isLoop({ loopPrevention }: Turn['rules'], chain: readonly ChainLink[] | null): boolean {
  if (loopPrevention === null || chain === null) return false;
  const lastSpoken = chain.findLastIndex(({ automated }) => !automated);
  return chain.length - 1 - lastSpoken > loopPrevention.maxUpdates;
}

/** The change that would close the cycle once more is not taken over; what each system would have are the candidates. */
export function detectLoop(
  turn: Turn,
  { change, system }: Incoming,
  edit: Edit,
  cycle: readonly ChainLink[],
): LoopDetected {
  const { field, held, before, canonical } = edit;
  const value = cycle.at(-1)?.value ?? null;
  const baseVersion = before?.version ?? null;
  const candidates: Record<string, Candidate> = {};
  for (const link of cycle) {
    if (same(field.canonicalType, link.value, canonical.value)) delete candidates[link.system];
    else candidates[link.system] = { value: link.value, at: link.at, baseVersion: null };
  }
  candidates[system.name] = { value, at: change.at, baseVersion };
  const incoming: ConflictSide = { system: system.name, value, at: change.at };
  return {
    type: 'loop_detected',
    system: system.name,
    position: change.position,
    field: field.name,
    kind: 'loop',
    policy: 'loop_prevention',
    revision: turn.draft.state.revision + 1,
    baseVersion,
    canonicalVersion: canonical.version,
    held,
    incoming,
    canonical: { system: canonical.origin, value: canonical.value, at: canonical.at },
    derived: true,
    cycle,
    candidates,
  };
}

function chainOf({ chains }: RecordState, field: string): readonly ChainLink[] {
  return entry(chains, field) ?? NO_CHAIN;
}
