/** Cells of the decision tables that no history can reach, each with the reason. None is known yet: what is unreached is a gap. */

const REASONS: readonly (readonly [pattern: RegExp, reason: string])[] = [];

export function impossible(cell: string): string | null {
  return REASONS.find(([pattern]) => pattern.test(cell))?.[1] ?? null;
}
