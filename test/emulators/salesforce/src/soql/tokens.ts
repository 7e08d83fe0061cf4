// The words of a query: names (with dots), literals, operators and punctuation.
import { ApiError } from '../errors.ts';

export type Token = { kind: 'name' | 'string' | 'number' | 'date' | 'datetime' | 'symbol' | 'end'; text: string };

const PATTERNS: [Token['kind'] | 'space', RegExp][] = [
  ['space', /\s+/y],
  ['string', /'(?:[^'\\]|\\.)*'/y],
  ['datetime', /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})/y],
  ['date', /\d{4}-\d{2}-\d{2}/y],
  ['number', /[+-]?\d+(?:\.\d+)?/y],
  ['name', /[A-Za-z_][A-Za-z0-9_.]*(?::\d+)?/y],
  ['symbol', /<=|>=|!=|<>|[=<>(),]/y],
];

const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

export function tokenize(query: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  while (position < query.length) {
    const match = matchAt(query, position);
    position += match.text.length;
    if (match.kind !== 'space') tokens.push({ kind: match.kind, text: match.text });
  }
  tokens.push({ kind: 'end', text: '' });
  return tokens;
}

function matchAt(query: string, position: number): { kind: Token['kind'] | 'space'; text: string } {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = position;
    const text = pattern.exec(query)?.[0];
    if (text !== undefined) return { kind, text };
  }
  throw malformed(`unexpected token: '${query.slice(position, position + 10)}'`);
}

/** The text that a quoted literal stands for. In a pattern, escaped wildcards stay escaped for the pattern's reader. */
export function unquote(text: string, isPattern = false): string {
  return text.slice(1, -1).replace(/\\(.)/gs, (whole, character: string) => {
    if (isPattern && (character === '%' || character === '_' || character === '\\')) return whole;
    return ESCAPES[character] ?? character;
  });
}

export function malformed(message: string): ApiError {
  return new ApiError('MALFORMED_QUERY', message);
}
