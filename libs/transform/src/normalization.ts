/** Texts brought into one form. Law: to do it again changes nothing, for each and for any sequence of them. */
import { formatPhone } from './phone.ts';

export type Normalization =
  | { readonly kind: 'trim' | 'collapse_spaces' | 'lowercase' | 'uppercase' }
  | { readonly kind: 'format_phone'; readonly country?: string };

/** The steps in their order, as often as it takes: what one does may be for another to do again. */
export function normalizerOf(steps: readonly Normalization[]): (text: string) => string {
  const once = (text: string): string => steps.reduce(normalize, text);
  return (text) => {
    let current = text;
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const next = once(current);
      if (next === current) return current;
      current = next;
    }
    return text;
  };
}

/** Steps that contradict each other (upper and lower case) settle in one round, so this is never reached by any of ours. */
const ROUNDS_MAX = 8;

function normalize(text: string, step: Normalization): string {
  switch (step.kind) {
    case 'trim':
      return text.trim();
    case 'collapse_spaces':
      return text.replaceAll(/\s+/g, ' ');
    case 'lowercase':
      return text.toLowerCase();
    case 'uppercase':
      return text.toUpperCase();
    case 'format_phone':
      return formatPhone(text, step.country);
    default:
      return unreachable(step);
  }
}

function unreachable(step: never): never {
  throw new TypeError(`Unknown normalization ${JSON.stringify(step)}`);
}
