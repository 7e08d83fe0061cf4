/**
 * Sets travel as the JSON text of an array of distinct strings in ascending order: one text for each set, whatever order
 * a system gives. An empty set is a value; nothing (null) is none, unless the type keeps no empty sets.
 */
import type { Value } from './types.ts';

/** The one text of the set; a value that is no set stays as it is. */
export function projectSet(value: Value, emptyIsNull: boolean): Value {
  const elements = value === null ? null : parse(value);
  if (elements === null) return value;
  return elements.length === 0 && emptyIsNull ? null : textOf(elements);
}

/** What is in it, where nothing is in null; null when the value is no set. */
export function elementsOf(value: Value): readonly string[] | null {
  return value === null ? [] : parse(value);
}

export function union(left: readonly string[], right: readonly string[]): string {
  return textOf([...left, ...right]);
}

/** What is left of `base` after somebody made `after` of `before`. Independent changes may come in any order. */
export function applyChange(base: readonly string[], before: readonly string[], after: readonly string[]): string {
  const [had, has] = [new Set(before), new Set(after)];
  const kept = base.filter((element) => has.has(element) || !had.has(element));
  return textOf([...kept, ...after.filter((element) => !had.has(element))]);
}

function parse(value: Exclude<Value, null>): readonly string[] | null {
  if (typeof value !== 'string') return null;
  try {
    const parsed: unknown = JSON.parse(value);
    return Array.isArray(parsed) && parsed.every((element) => typeof element === 'string') ? parsed : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function textOf(elements: readonly string[]): string {
  return JSON.stringify([...new Set(elements)].sort());
}
