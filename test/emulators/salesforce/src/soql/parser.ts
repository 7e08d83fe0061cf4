// A query's text to its tree, by recursive descent: SELECT fields or COUNT() FROM object WHERE ... ORDER BY ... LIMIT
// ... OFFSET ... As the vendor demands, AND and OR may not be mixed without parentheses.
import { malformed, tokenize, unquote } from './tokens.ts';
import type { Token } from './tokens.ts';

/** Text is kept twice: as it reads, and as a pattern in which escaped wildcards are still escaped. */
export type Literal =
  | { kind: 'string'; text: string; pattern: string }
  | { kind: 'number'; value: number }
  | { kind: 'boolean'; value: boolean }
  | { kind: 'null' }
  | { kind: 'date'; text: string }
  | { kind: 'datetime'; text: string }
  | { kind: 'period'; name: string };
export type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=' | 'LIKE' | 'IN' | 'NOT IN' | 'INCLUDES' | 'EXCLUDES';
export type Condition =
  | { kind: 'and' | 'or'; parts: Condition[] }
  | { kind: 'not'; part: Condition }
  | { kind: 'compare'; path: string; operator: Operator; values: Literal[] };
export type Ordering = { path: string; isDescending: boolean; nullsLast: boolean };
export type Query = {
  fields: string[];
  isCount: boolean;
  object: string;
  where: Condition | null;
  orderBy: Ordering[];
  limit: number | null;
  offset: number;
};

export function parseQuery(text: string): Query {
  return new Parser(tokenize(text)).query();
}

class Parser {
  readonly #tokens: Token[];
  #next = 0;

  constructor(tokens: Token[]) {
    this.#tokens = tokens;
  }

  query(): Query {
    this.#expect('SELECT');
    const fields = this.#fields();
    this.#expect('FROM');
    const object = this.#name();
    const where = this.#accept('WHERE') ? this.#condition() : null;
    const orderBy = this.#accept('ORDER') ? this.#orderBy() : [];
    const limit = this.#accept('LIMIT') ? this.#count() : null;
    const offset = this.#accept('OFFSET') ? this.#count() : 0;
    if (this.#peek().kind !== 'end') throw this.#unexpected();
    return { fields, isCount: fields[0] === 'COUNT()', object, where, orderBy, limit, offset };
  }

  #fields(): string[] {
    const fields: string[] = [];
    do {
      const name = this.#name();
      if (!this.#accept('(')) fields.push(name);
      else if (name.toUpperCase() === 'COUNT') {
        this.#expect(')');
        fields.push('COUNT()');
      } else if (name.toUpperCase() === 'FIELDS') {
        fields.push(`FIELDS(${this.#name().toUpperCase()})`);
        this.#expect(')');
      } else throw malformed(`The function ${name} is not supported.`);
    } while (this.#accept(','));
    if (fields.includes('COUNT()') && fields.length > 1) throw malformed('COUNT() cannot be combined with fields');
    return fields;
  }

  /** One kind of connective per level, `a AND b AND c`; what follows another kind is left over and refused by the caller. */
  #condition(): Condition {
    const first = this.#term();
    for (const kind of ['and', 'or'] as const) {
      if (!this.#isWord(kind)) continue;
      const parts = [first];
      while (this.#accept(kind)) parts.push(this.#term());
      return { kind, parts };
    }
    return first;
  }

  #term(): Condition {
    if (this.#accept('NOT')) return { kind: 'not', part: this.#term() };
    if (this.#accept('(')) {
      const inner = this.#condition();
      this.#expect(')');
      return inner;
    }
    const path = this.#name();
    const operator = this.#operator();
    const isList = ['IN', 'NOT IN', 'INCLUDES', 'EXCLUDES'].includes(operator);
    return { kind: 'compare', path, operator, values: isList ? this.#list() : [this.#literal()] };
  }

  #operator(): Operator {
    const token = this.#take();
    const text = token.text.toUpperCase();
    if (text === '<>') return '!=';
    if (text === 'NOT') {
      this.#expect('IN');
      return 'NOT IN';
    }
    const known: Operator[] = ['=', '!=', '<', '<=', '>', '>=', 'LIKE', 'IN', 'INCLUDES', 'EXCLUDES'];
    const operator = known.find((each) => each === text);
    if (!operator) throw malformed(`unknown operator: '${token.text}'`);
    return operator;
  }

  #list(): Literal[] {
    this.#expect('(');
    const values = [this.#literal()];
    while (this.#accept(',')) values.push(this.#literal());
    this.#expect(')');
    return values;
  }

  #literal(): Literal {
    const { kind, text } = this.#take();
    if (kind === 'string') return { kind, text: unquote(text), pattern: unquote(text, true) };
    if (kind === 'number') return { kind, value: Number(text) };
    if (kind === 'date' || kind === 'datetime') return { kind, text };
    const word = text.toUpperCase();
    if (word === 'NULL') return { kind: 'null' };
    if (word === 'TRUE' || word === 'FALSE') return { kind: 'boolean', value: word === 'TRUE' };
    if (kind === 'name' && /^(TODAY|YESTERDAY|TOMORROW|LAST_N_DAYS:\d+|NEXT_N_DAYS:\d+)$/.test(word)) {
      return { kind: 'period', name: word };
    }
    throw malformed(`unexpected token: '${text}'`);
  }

  #orderBy(): Ordering[] {
    this.#expect('BY');
    const orderings: Ordering[] = [];
    do {
      const path = this.#name();
      const isDescending = this.#accept('DESC') || (this.#accept('ASC') && false);
      const nullsLast = this.#accept('NULLS') && (this.#accept('LAST') || (this.#expect('FIRST'), false));
      orderings.push({ path, isDescending, nullsLast });
    } while (this.#accept(','));
    return orderings;
  }

  #count(): number {
    const token = this.#take();
    if (token.kind !== 'number' || !/^\d+$/.test(token.text)) throw malformed(`unexpected token: '${token.text}'`);
    return Number(token.text);
  }

  #name(): string {
    const token = this.#take();
    if (token.kind !== 'name') throw malformed(`unexpected token: '${token.text || '<EOF>'}'`);
    return token.text;
  }

  #peek(): Token {
    return this.#tokens[this.#next]!;
  }

  #take(): Token {
    const token = this.#peek();
    if (token.kind !== 'end') this.#next++;
    return token;
  }

  #isWord(word: string): boolean {
    const { kind, text } = this.#peek();
    return (kind === 'name' || kind === 'symbol') && text.toUpperCase() === word.toUpperCase();
  }

  #accept(word: string): boolean {
    const isNext = this.#isWord(word);
    if (isNext) this.#next++;
    return isNext;
  }

  #expect(word: string): void {
    if (!this.#accept(word)) throw this.#unexpected();
  }

  #unexpected(): Error {
    return malformed(`unexpected token: '${this.#peek().text || '<EOF>'}'`);
  }
}
