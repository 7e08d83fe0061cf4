/**
 * JSON documents are compared by content: a database that stores them parsed gives keys back in another order and other
 * white space. Numbers are compared as exact decimals, because a double would call two different long ids the same.
 */
import { normalDecimal } from './decimal.ts';
import type { Value } from './types.ts';

/** Text that two documents share exactly when their contents are equal. What is no JSON is compared as it stands. */
export function normalJson(document: Value): string {
  if (typeof document !== 'string') return JSON.stringify(document);
  try {
    return JSON.stringify(JSON.parse(document, normalNode));
  } catch (error) {
    if (error instanceof SyntaxError) return document;
    throw error;
  }
}

/** Called by the parser for every node, innermost first, with the source text of primitive ones. */
function normalNode(_key: string, node: unknown, context?: { readonly source?: string }): unknown {
  // Numbers become marked text; text that looks marked is marked otherwise, so that no text equals a number.
  if (typeof node === 'number') return `\0n${normalDecimal(context?.source ?? String(node)) ?? String(node)}`;
  if (typeof node === 'string' && node.startsWith('\0')) return `\0s${node}`;
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return node;
  const sorted = Object.entries(node).sort(([left], [right]) => (left < right ? -1 : Number(left > right)));
  return Object.fromEntries(sorted);
}
