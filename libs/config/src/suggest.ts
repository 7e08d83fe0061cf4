/** Guesses what someone meant who wrote a word that does not exist. */
import type { Tree } from './tree.ts';

/** The candidate nearest to the word, if any is near enough to be meant. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  const distanceMax = Math.max(1, Math.floor(word.length / 3));
  let best: { candidate: string; distance: number } | null = null;
  for (const candidate of candidates) {
    const distance = distanceBetween(normal(word), normal(candidate));
    if (distance <= distanceMax && (best === null || distance < best.distance)) best = { candidate, distance };
  }
  return best?.candidate ?? null;
}

/** A sentence that helps: what was meant if it can be guessed, otherwise what there is. */
export function suggestion(word: string, candidates: readonly string[]): string {
  const meant = nearest(word, candidates);
  if (meant !== null) return `Did you mean "${meant}"?`;
  return candidates.length === 0 ? 'Remove it.' : `Possible here: ${candidates.join(', ')}.`;
}

/** The key of a map that was meant to be this one. */
export function misspeltKey(tree: Tree | null, key: string): string | null {
  const keys = tree?.kind === 'map' ? [...tree.entries.keys()] : [];
  return keys.find((one) => one !== key && nearest(one, [key]) !== null) ?? null;
}

function normal(word: string): string {
  return word.toLowerCase().replaceAll(/[-_\s]/g, '');
}

/** Edits (insert, remove, replace, swap of neighbours) that turn one word into the other. */
function distanceBetween(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(beforeLast, j - 2) + 1 : Infinity;
      row.push(Math.min(at(last, j) + 1, at(row, j - 1) + 1, replaced, swapped));
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
