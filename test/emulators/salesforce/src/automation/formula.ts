// The formulas in which administrators write validation rules and the values of flows: a part of the vendor's language,
// compiled once when the rule is installed, so that a fault is found then and not at a save.
//
// A blank text equals the empty text. A comparison or calculation with any other blank has no answer, and a condition
// without an answer does not hold: documentation is silent on it, so this is the reading on which a rule can rely least.
import type { Field, Value } from '../model/field.ts';
import type { ObjectType } from '../model/object-type.ts';
import { readValue } from '../store/record.ts';
import type { StoredRecord } from '../store/record.ts';
import { FormulaError, tokenize } from './formula-tokens.ts';
import type { Token } from './formula-tokens.ts';

/** A save under way. `before` is the stored record (undefined for a new one), `after` as it would be stored now. */
type Save = { type: ObjectType; before: StoredRecord | undefined; after: StoredRecord };
export type Formula = (save: Save) => Value;

type Argument = { evaluate: Formula; field: Field | null };
type Operator = (left: Value, right: Value) => Value;
type FunctionDefinition = { arity: [number, number]; build: (args: Argument[]) => Formula };

const ANY = Number.MAX_SAFE_INTEGER;

export function compileFormula(text: string, type: ObjectType): Formula {
  const parser = new Parser(tokenize(text), type);
  const { evaluate } = parser.expression(0);
  parser.end();
  return evaluate;
}

const LEVELS: Record<string, Operator>[] = [
  { '||': (left, right) => left === true || right === true },
  { '&&': (left, right) => left === true && right === true },
  { '=': equals, '==': equals, '<>': differs, '!=': differs },
  {
    '<': (left, right) => compare(left, right, (sign) => sign < 0),
    '>': (left, right) => compare(left, right, (sign) => sign > 0),
    '<=': (left, right) => compare(left, right, (sign) => sign <= 0),
    '>=': (left, right) => compare(left, right, (sign) => sign >= 0),
  },
  {
    '+': (left, right) => calculate(left, right, (a, b) => a + b),
    '-': (left, right) => calculate(left, right, (a, b) => a - b),
    '&': (left, right) => textOf(left) + textOf(right),
  },
  {
    '*': (left, right) => calculate(left, right, (a, b) => a * b),
    '/': (left, right) => calculate(left, right, (a, b) => a / b),
  },
];

const FUNCTIONS: Record<string, FunctionDefinition> = {
  AND: simple([1, ANY], (...values) => values.every((each) => each === true)),
  OR: simple([1, ANY], (...values) => values.some((each) => each === true)),
  NOT: simple([1, 1], (value) => (value === null ? null : value !== true)),
  IF: simple([3, 3], (condition, then, otherwise) => (condition === true ? then : otherwise)),
  ISBLANK: simple([1, 1], (value) => isBlank(value)),
  BLANKVALUE: simple([2, 2], (value, fallback) => (isBlank(value) ? fallback : value)),
  LEN: simple([1, 1], (value) => textOf(value).length),
  UPPER: simple([1, 1], (value) => textOf(value).toUpperCase()),
  LOWER: simple([1, 1], (value) => textOf(value).toLowerCase()),
  TEXT: simple([1, 1], (value) => textOf(value)),
  ISNEW: { arity: [0, 0], build: () => (save) => save.before === undefined },
  ISCHANGED: {
    arity: [1, 1],
    build: ([argument]) => {
      const read = readerOf(argument!);
      return (save) => save.before !== undefined && read(save, save.before) !== read(save, save.after);
    },
  },
  /** On a new record it is the field's own value. */
  PRIORVALUE: {
    arity: [1, 1],
    build: ([argument]) => {
      const read = readerOf(argument!);
      return (save) => read(save, save.before ?? save.after);
    },
  },
};

class Parser {
  readonly #tokens: Token[];
  readonly #type: ObjectType;
  #position = 0;

  constructor(tokens: Token[], type: ObjectType) {
    this.#tokens = tokens;
    this.#type = type;
  }

  expression(level: number): Argument {
    const operators = LEVELS[level];
    if (!operators) return this.#unary();
    let left = this.expression(level + 1);
    for (;;) {
      const token = this.#tokens[this.#position];
      const operator = token?.kind === 'symbol' ? operators[token.text] : undefined;
      if (!operator) return left;
      this.#position += 1;
      const { evaluate: first } = left;
      const { evaluate: second } = this.expression(level + 1);
      left = { evaluate: (save) => operator(first(save), second(save)), field: null };
    }
  }

  end(): void {
    const rest = this.#tokens[this.#position];
    if (rest) throw new FormulaError(`Syntax error. Extra ${rest.text}`);
  }

  #unary(): Argument {
    if (this.#take('-')) {
      const { evaluate } = this.#unary();
      return { evaluate: (save) => calculate(0, evaluate(save), (a, b) => a - b), field: null };
    }
    return this.#take('!') ? this.#call('NOT', [this.#unary()]) : this.#primary();
  }

  #primary(): Argument {
    const token = this.#tokens[this.#position++];
    if (token?.kind === 'number') return constant(Number(token.text));
    if (token?.kind === 'text') return constant(token.text);
    if (token?.kind === 'name') return this.#named(token.text);
    if (token?.text !== '(') throw new FormulaError(`Syntax error. Found '${token?.text ?? 'the end'}'`);
    const inner = this.expression(0);
    this.#expect(')');
    return inner;
  }

  #named(name: string): Argument {
    if (this.#take('(')) return this.#call(name.toUpperCase(), this.#arguments());
    const literal = { TRUE: true, FALSE: false, NULL: null }[name.toUpperCase()];
    if (literal !== undefined) return constant(literal);
    const field = this.#type.find(name);
    if (!field) throw new FormulaError(`Field ${name} does not exist. Check spelling.`);
    return { evaluate: (save) => readValue(save.after, save.type, field), field };
  }

  #arguments(): Argument[] {
    const list: Argument[] = [];
    if (this.#take(')')) return list;
    do list.push(this.expression(0));
    while (this.#take(','));
    this.#expect(')');
    return list;
  }

  #call(name: string, list: Argument[]): Argument {
    const definition = FUNCTIONS[name];
    if (!definition) throw new FormulaError(`Unknown function ${name}. Check spelling.`);
    const [min, max] = definition.arity;
    if (list.length < min || list.length > max) {
      throw new FormulaError(`Incorrect number of parameters for function '${name}()'. Received ${list.length}`);
    }
    return { evaluate: definition.build(list), field: null };
  }

  #take(symbol: string): boolean {
    const token = this.#tokens[this.#position];
    if (token?.kind !== 'symbol' || token.text !== symbol) return false;
    this.#position += 1;
    return true;
  }

  #expect(symbol: string): void {
    if (!this.#take(symbol)) throw new FormulaError(`Syntax error. Missing '${symbol}'`);
  }
}

function simple(arity: [number, number], compute: (...values: Value[]) => Value): FunctionDefinition {
  return { arity, build: (args) => (save) => compute(...args.map(({ evaluate }) => evaluate(save))) };
}

/** Functions about the past ask for a field, not for a value. */
function readerOf({ field }: Argument): (save: Save, record: StoredRecord) => Value {
  if (!field) throw new FormulaError('The function may only be used with a field.');
  return (save, record) => readValue(record, save.type, field);
}

function constant(value: Value): Argument {
  return { evaluate: () => value, field: null };
}

function isBlank(value: Value): boolean {
  return value === null || value === '';
}

function equals(left: Value, right: Value): Value {
  if (typeof left === 'string' || typeof right === 'string') return textOf(left) === textOf(right);
  return left === null || right === null ? null : left === right;
}

function differs(left: Value, right: Value): Value {
  const isEqual = equals(left, right);
  return isEqual === null ? null : !isEqual;
}

function compare(left: Value, right: Value, accept: (sign: number) => boolean): Value {
  if (left === null || right === null) return null;
  return accept(left < right ? -1 : left > right ? 1 : 0);
}

function calculate(left: Value, right: Value, compute: (left: number, right: number) => number): Value {
  return left === null || right === null ? null : compute(Number(left), Number(right));
}

function textOf(value: Value): string {
  return value === null ? '' : String(value);
}
