/**
 * The core's way in. `step` is what production calls: one poll's inputs of one record, decided in their order, then every
 * system levelled. `decide`, `evolve` and `level` are the same in single steps, for replay, explanation and proof.
 */
import { decideChange, decideHeldRows } from './change.ts';
import { computeFields } from './computed.ts';
import type { Decision } from './decisions.ts';
import { draftOf } from './draft.ts';
import { levelSystems } from './level.ts';
import { decideOutcome } from './outcome.ts';
import { decideResolution } from './review.ts';
import { compile } from './rules.ts';
import type { RecordState } from './state.ts';
import { take } from './turn.ts';
import type { Turn } from './turn.ts';
import type { Command, CommandSequence, EntityRules, Input } from './types.ts';

export type IssuedCommand = Command & { readonly system: string };

export type StepResult = {
  /** The very same reference when nothing changed. */
  readonly state: RecordState;
  readonly decisions: readonly Decision[];
  readonly commands: readonly IssuedCommand[];
  /** The canonical record has a new version. */
  readonly recordChanged: boolean;
};

export function step(
  state: RecordState,
  inputs: readonly Input[],
  rules: EntityRules,
  firstSequence: CommandSequence,
): StepResult {
  const turn = turnOf(state, rules);
  for (const input of inputs) decideInput(turn, input);
  levelSystems(turn, firstSequence);
  const commands: IssuedCommand[] = [];
  for (const decision of turn.decisions) {
    if (decision.type === 'command_issued') commands.push({ ...decision.command, system: decision.system });
  }
  const after = turn.draft.state;
  return { state: after, decisions: turn.decisions, commands, recordChanged: after.version !== state.version };
}

export function decide(state: RecordState, input: Input, rules: EntityRules): Decision[] {
  const turn = turnOf(state, rules);
  decideInput(turn, input);
  return turn.decisions;
}

export function level(state: RecordState, rules: EntityRules, firstSequence: CommandSequence): Decision[] {
  const turn = turnOf(state, rules);
  levelSystems(turn, firstSequence);
  return turn.decisions;
}

function turnOf(state: RecordState, rules: EntityRules): Turn {
  return { draft: draftOf(state), rules: compile(rules), decisions: [] };
}

function decideInput(turn: Turn, input: Input): void {
  const { mergedInto, version } = turn.draft.state;
  if (mergedInto !== null) return forward(turn, input, mergedInto);
  decideKind(turn, input);
  if (input.kind !== 'resolution') decideHeldRows(turn, input.system);
  if (turn.rules.pairs.length === 0) return;
  const position = input.kind === 'change' ? input.position : '';
  computeFields(turn, { system: input.kind === 'resolution' ? '' : input.system, position }, version);
}

function decideKind(turn: Turn, input: Input): void {
  switch (input.kind) {
    case 'change':
      return decideChange(turn, input);
    case 'outcome':
      return decideOutcome(turn, input);
    case 'resolution':
      return decideResolution(turn, input);
    default:
      return unreachable(input);
  }
}

/** The id is an alias: whoever feeds the core gives the input, with this id in `record`, to the record that it stands for. */
function forward(turn: Turn, input: Input, record: string): void {
  const system = input.kind === 'resolution' ? '' : input.system;
  const position = input.kind === 'change' ? input.position : null;
  const sequence = input.kind === 'outcome' ? input.sequence : null;
  take(turn, { type: 'change_forwarded', system, position, sequence, record });
}

function unreachable(input: never): never {
  throw new TypeError(`Unknown input ${JSON.stringify(input)}`);
}
