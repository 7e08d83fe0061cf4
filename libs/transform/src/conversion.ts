/**
 * Values that one system spells otherwise. Law of the invertible ones: back from there is where one was, for every value, so
 * nothing is lost on the way and a write can be guarded by what the system itself holds. One-way ones are only ever read.
 */

/** As in the core, but of no kind in particular: what a conversion cannot mean, it leaves alone. */
type Value = null | boolean | number | string;

export type Conversion =
  /** Texts by name: the system's own, and what they are called elsewhere. One-way where two are called the same. */
  | { readonly kind: 'value_map'; readonly values: Readonly<Record<string, string>> }
  /** Elsewhere the number is so many powers of ten larger than in the system. */
  | { readonly kind: 'scale'; readonly powerOfTen: number }
  /** Whatever the system holds; one-way. */
  | { readonly kind: 'constant'; readonly value: Value }
  /** What stands for nothing; one-way. */
  | { readonly kind: 'default'; readonly value: Value };

export type Codec = {
  /** From the system's own value. */
  readonly read: (value: Value) => Value;
  /** To the system's own value. */
  readonly write: (value: Value) => Value;
};

/** Whether what was read can be told from what others hold: only then may it be written back. */
export function isInvertible(step: Conversion): boolean {
  if (step.kind === 'constant' || step.kind === 'default') return false;
  return step.kind === 'scale' || clashOf(step.values) === null;
}

/** A name that stands for two of the system's values, with those. */
export function clashOf(
  values: Readonly<Record<string, string>>,
): readonly [other: string, own: string, own: string] | null {
  const owners = new Map<string, string>();
  for (const [own, other] of Object.entries(values)) {
    const first = owners.get(other);
    if (first !== undefined) return [other, first, own];
    owners.set(other, own);
  }
  return null;
}

/** The first step is the one nearest to the system. */
export function codecOf(steps: readonly Conversion[]): Codec {
  const codecs = steps.map(single);
  return {
    read: (value) => codecs.reduce((current, codec) => codec.read(current), value),
    write: (value) => codecs.reduceRight((current, codec) => codec.write(current), value),
  };
}

function single(step: Conversion): Codec {
  switch (step.kind) {
    case 'scale':
      return { read: (value) => shifted(value, step.powerOfTen), write: (value) => shifted(value, -step.powerOfTen) };
    case 'constant':
      return { read: () => step.value, write: (value) => value };
    case 'default':
      return { read: (value) => value ?? step.value, write: (value) => value };
    case 'value_map':
      return mapped(step);
    default:
      return unreachable(step);
  }
}

function mapped(step: Conversion & { kind: 'value_map' }): Codec {
  if (!isInvertible(step)) {
    const names = new Map(Object.entries(step.values));
    const read = (value: Value): Value => (typeof value === 'string' ? (names.get(value) ?? value) : value);
    return { read, write: (value) => value };
  }
  const there = permutationOf(step.values);
  const back = new Map([...there].map(([own, other]) => [other, own]));
  const through = (map: ReadonlyMap<string, string>) => (value: Value) =>
    typeof value === 'string' ? (map.get(value) ?? value) : value;
  return { read: through(there), write: through(back) };
}

/**
 * Texts that are not named stay as they are, which must not make two of one: a text that is only somebody's name elsewhere
 * trades places with the text at the other end of its chain. So `{"Hot": "1"}` also reads "1" as "Hot".
 */
function permutationOf(values: Readonly<Record<string, string>>): Map<string, string> {
  const there = new Map(Object.entries(values));
  const owners = new Map([...there].map(([own, other]) => [other, own]));
  for (const other of owners.keys()) {
    if (Object.hasOwn(values, other)) continue;
    let start = other;
    for (let own = owners.get(start); own !== undefined; own = owners.get(start)) start = own;
    there.set(other, start);
  }
  return there;
}

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

/** Of decimal texts, and of numbers by their text: exact, in normal form (no zero too many, no minus before zero). */
function shifted(value: Value, powerOfTen: number): Value {
  const match = typeof value === 'string' || typeof value === 'number' ? DECIMAL.exec(String(value)) : null;
  if (match === null) return value;
  const [, sign = '', whole = '', fraction = ''] = match;
  const digits = whole + fraction;
  const point = whole.length + powerOfTen;
  const padded = point < 0 ? '0'.repeat(-point) + digits : digits.padEnd(point, '0');
  const at = Math.max(point, 0);
  const before = padded.slice(0, at).replace(/^0+/, '') || '0';
  const after = padded.slice(at).replace(/0+$/, '');
  const text = after === '' ? before : `${before}.${after}`;
  return text === '0' ? '0' : `${sign}${text}`;
}

function unreachable(step: never): never {
  throw new TypeError(`Unknown conversion ${JSON.stringify(step)}`);
}
