// Words of a formula: names, numbers, quoted texts and symbols. Comments stand between /* and */.

export class FormulaError extends Error {
  override name = 'FormulaError';
}

export type Token = { kind: 'name' | 'number' | 'text' | 'symbol'; text: string };

const PATTERN =
  /\s+|\/\*[\s\S]*?\*\/|(?<name>[A-Za-z]\w*)|(?<number>\d+(?:\.\d+)?)|"(?<double>(?:[^"\\]|\\.)*)"|'(?<single>(?:[^'\\]|\\.)*)'|(?<symbol>\|\||&&|<>|!=|==|<=|>=|[-+*/&=<>!(),])/y;

export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  PATTERN.lastIndex = 0;
  while (PATTERN.lastIndex < text.length) {
    const from = PATTERN.lastIndex;
    const groups = PATTERN.exec(text)?.groups;
    if (!groups) throw new FormulaError(`Syntax error. Found '${text[from]}'`);
    const { name, number, double, single, symbol } = groups;
    const quoted = double ?? single;
    if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (quoted !== undefined) tokens.push({ kind: 'text', text: quoted.replace(/\\(.)/g, '$1') });
    else if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol });
  }
  return tokens;
}
