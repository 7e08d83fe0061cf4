/** Cuts a list so that no part holds two commands of one record, or more than so many; order is kept. */
export function withoutRepeats<C extends { readonly recordId: string }>(commands: readonly C[], max: number): C[][] {
  const parts: C[][] = [];
  let part: C[] = [];
  let seen = new Set<string>();
  for (const command of commands) {
    if (seen.has(command.recordId) || part.length >= max) {
      parts.push(part);
      part = [];
      seen = new Set();
    }
    seen.add(command.recordId);
    part.push(command);
  }
  if (part.length > 0) parts.push(part);
  return parts;
}
