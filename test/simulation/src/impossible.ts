/** Cells of the decision tables that no history can reach, each with the reason. */

const REASONS: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/^override: (kept|reported), by automation$/, 'placeholder'],
];

export function impossible(cell: string): string | null {
  return REASONS.find(([pattern]) => pattern.test(cell))?.[1] ?? null;
}
