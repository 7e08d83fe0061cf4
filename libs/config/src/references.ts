/** What rules of a sync refer to by name: its fields, as either side calls them, and systems, by name or role. */
import { findSystem, systemWords } from './roles.ts';
import { suggestion } from './suggest.ts';
import type { SyncContext } from './sync-context.ts';
import type { Path } from './tree.ts';
import type { FieldMapping } from './types.ts';

/** `others`: words that are possible beside the systems. */
export function systemFor(
  context: SyncContext,
  word: string,
  path: Path,
  others: readonly string[] = [],
): string | null {
  const found = findSystem(word, context.systems);
  // A partial document may name systems that are described elsewhere.
  if (found !== null || context.systems.length === 0) return found;
  const words = [...systemWords(context.systems), ...others];
  const remedy = `${suggestion(word, words)} Or give a system of this config "role": "${word}".`;
  context.fault('config.reference', path, `no system is called "${word}"`, remedy);
  return null;
}

export function systemsFor(context: SyncContext, words: readonly string[], path: Path): string[] {
  return words.flatMap((word, index) => systemFor(context, word, [...path, index]) ?? []);
}

/** Without mappings it cannot be known whether a field exists; that they are missing is a fault of its own. */
export function fieldFor(
  { fault }: SyncContext,
  field: string,
  mappings: readonly FieldMapping[],
  path: Path,
): FieldMapping | null {
  const found = findMapping(field, mappings);
  if (found !== null || mappings.length === 0) return found;
  const names = [...new Set(mappings.flatMap(({ source, target }) => [target, source]))];
  fault('config.reference', path, `no mapping has the field "${field}"`, suggestion(field, names));
  return null;
}

export function findMapping(field: string, mappings: readonly FieldMapping[]): FieldMapping | null {
  return mappings.find(({ source, target }) => source === field || target === field) ?? null;
}
