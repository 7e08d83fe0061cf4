/**
 * How far each stream of commands has been executed, kept in the target's own database and moved in the transaction of the
 * writes themselves, so the two cannot disagree (I2, I8). The rows are locked first: two writers that were given the same
 * commands take turns, and the second one finds them done.
 *
 * The outcomes of the last batch are remembered, because it may be read again when its outcomes could not be published. Most
 * are a plain "applied", which is kept as ranges of sequences; the others are kept one by one.
 */
import type { TargetCommand, TargetOutcome } from '@concord/connector-kit';

export const progressTable = `CREATE TABLE IF NOT EXISTS concord.progress (
  stream text PRIMARY KEY, sequence bigint NOT NULL, outcomes jsonb NOT NULL)`;

export const statements = {
  add: {
    name: 'concord_progress_add',
    text: `INSERT INTO concord.progress (stream, sequence, outcomes) SELECT s, -1, '{"applied":[],"rest":[]}' FROM unnest($1::text[]) AS s ON CONFLICT DO NOTHING`,
  },
  /** In one order, so that two writers never wait for each other in a circle. */
  lock: {
    name: 'concord_progress_lock',
    text: 'SELECT stream, sequence::text AS sequence, outcomes FROM concord.progress WHERE stream = ANY($1) ORDER BY stream FOR UPDATE',
  },
  move: {
    name: 'concord_progress_move',
    text: `UPDATE concord.progress p SET sequence = v.sequence, outcomes = v.outcomes::jsonb
      FROM unnest($1::text[], $2::bigint[], $3::text[]) AS v(stream, sequence, outcomes) WHERE p.stream = v.stream AND p.sequence < v.sequence`,
  },
} as const;

type Told = Pick<TargetOutcome, 'result' | 'staleFields' | 'nativeId' | 'code' | 'reason'>;
type Rest = readonly [sequence: number, told: Told];

export type Remembered = { readonly applied: readonly (readonly [number, number])[]; readonly rest: readonly Rest[] };

export type StreamProgress = { readonly stream: string; readonly sequence: number; readonly outcomes: Remembered };

export function remember(outcomes: readonly TargetOutcome[]): Remembered {
  const applied: [number, number][] = [];
  const rest: Rest[] = [];
  for (const { sequence, result, staleFields, nativeId, code, reason } of outcomes) {
    if (result !== 'applied' || nativeId !== null || code !== null) {
      rest.push([sequence, { result, staleFields, nativeId, code, reason }]);
      continue;
    }
    const last = applied.at(-1);
    if (last !== undefined && last[1] === sequence - 1) last[1] = sequence;
    else applied.push([sequence, sequence]);
  }
  return { applied, rest };
}

/** The outcome of a command that was executed in the last batch; null if it is older than what is remembered. */
export function recall({ applied, rest }: Remembered, command: TargetCommand): TargetOutcome | null {
  const { sequence } = command;
  const told = rest.find(([one]) => one === sequence)?.[1];
  if (told !== undefined) return outcomeOf(command, told);
  return applied.some(([from, to]) => from <= sequence && sequence <= to) ? outcomeOf(command, {}) : null;
}

export function outcomeOf({ entity, recordId, sequence }: TargetCommand, told: Partial<Told>): TargetOutcome {
  return {
    entity,
    recordId,
    sequence,
    result: 'applied',
    staleFields: [],
    nativeId: null,
    code: null,
    reason: null,
    ...told,
  };
}
