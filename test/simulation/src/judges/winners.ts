/** I7: whoever wins a conflict wins by the policy of the field, reckoned here once more from the two sides alone. */
import { EXISTS } from '@concord/core';
import type { ConflictResolved, ConflictSide, Decision, FieldPolicy, LastWriteWins } from '@concord/core';
import type { Judge, JudgeNeeds } from './judge.ts';

type Sides = Pick<ConflictResolved, 'incoming' | 'canonical'>;

export class WinnerJudge implements Judge {
  readonly #needs: JudgeNeeds;

  constructor(needs: JudgeNeeds) {
    this.#needs = needs;
  }

  decided(record: string, decision: Decision): void {
    // What a system made of our write is not asked by the policy alone, nor is a row that met one under way.
    if (decision.type !== 'conflict_resolved' || decision.field === EXISTS || decision.derived) return;
    // Owners have a judge of their own.
    if (decision.policy === 'record_ownership') return;
    const { rules } = this.#needs.options;
    // The first field of a unit speaks for all.
    const [speaker = decision.field] = decision.group === undefined ? [] : (rules.groups?.[decision.group] ?? []);
    const policy = rules.fields[speaker]?.policy;
    if (policy === undefined || this.#needs.options.fields[decision.field] === 'stamp') return;
    const expected = isIncomings(policy, decision) ? 'incoming' : 'canonical';
    if (expected === decision.winner) return;
    const { incoming, canonical } = decision;
    const sides = [incoming, canonical].map(({ system, value, at }) => `${String(value)} of ${system} at ${at}`);
    this.#needs.report('wrong_winner', `${decision.winner} in ${record}/${decision.field}: ${sides.join(', ')}`);
  }
}

function isIncomings(policy: FieldPolicy, sides: Sides): boolean {
  const { incoming, canonical } = sides;
  switch (policy.kind) {
    case 'last_write_wins':
      return isLater(sides, policy);
    case 'field_level_priority':
      return byMeasure(sides, ({ system }) => (system === policy.system ? 1 : 0));
    case 'source_priority':
      return byMeasure(sides, ({ system }) => -rankIn(policy.order, system));
    case 'max':
      return byMeasure(sides, ({ value }) => (value === null ? -Infinity : Number(value)));
    case 'min':
      return byMeasure(sides, ({ value }) => (value === null ? -Infinity : -Number(value)));
    default:
      return isLater({ incoming, canonical }, { kind: 'last_write_wins' });
  }
}

function byMeasure(sides: Sides, measure: (side: ConflictSide) => number): boolean {
  const [incoming, canonical] = [measure(sides.incoming), measure(sides.canonical)];
  return incoming === canonical ? isLater(sides, { kind: 'last_write_wins' }) : incoming > canonical;
}

/** A system's own later edit is later whatever its clock says. */
function isLater({ incoming, canonical }: Sides, { skewBoundMs = 0, tieBreak = [] }: LastWriteWins): boolean {
  if (incoming.system === canonical.system) return true;
  if (Math.abs(incoming.at - canonical.at) > skewBoundMs) return incoming.at > canonical.at;
  const [ours, theirs] = [rankIn(tieBreak, incoming.system), rankIn(tieBreak, canonical.system)];
  return ours === theirs ? incoming.system > canonical.system : ours < theirs;
}

function rankIn(order: readonly string[], system: string): number {
  return order.includes(system) ? order.indexOf(system) : order.length;
}
