/**
 * Text to tree. JSON is checked by the JSON parser (its messages fit what the writer had in mind) and then read like YAML,
 * whose parser knows where each key stands. Lines that hold only a `//` comment are allowed in JSON.
 */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Node } from 'yaml';
import type { ConfigFault } from './fault.ts';
import type { Place } from './place.ts';
import { mapTree, type Entry, type MapTree, type Scalar, type Tree } from './tree.ts';

export type Parsed = { readonly tree: MapTree | null; readonly faults: readonly ConfigFault[] };

export function parseText(file: string, written: string): Parsed {
  const isJson = file.endsWith('.json');
  const text = isJson ? blankComments(written) : written;
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  const broken = isJson ? jsonFault(text, placeAt) : null;
  if (broken !== null) return { tree: null, faults: [broken] };
  const faults = document.errors.slice(0, 1).map((error) => syntaxFault(placeAt(error.pos[0]), error));
  if (faults.length > 0 || document.contents === null) return { tree: mapTree(placeAt(0)), faults };
  const reader = new TreeReader(placeAt);
  const tree = reader.read(document.contents);
  if (tree.kind !== 'map') {
    return { tree: null, faults: [syntax(tree.place, 'a config file must hold keys and values', 'Begin with `{`.')] };
  }
  return { tree, faults: reader.faults };
}

class TreeReader {
  readonly faults: ConfigFault[] = [];
  readonly #placeAt: (offset: number) => Place;

  constructor(placeAt: (offset: number) => Place) {
    this.#placeAt = placeAt;
  }

  read(node: Node): Tree {
    const place = this.#placeAt(node.range?.[0] ?? 0);
    if (isMap<Node, Node | null>(node)) {
      return mapTree(
        place,
        node.items.map(({ key, value }) => this.#entry(key, value)),
      );
    }
    if (isSeq<Node>(node)) return { kind: 'list', place, items: node.items.map((item) => this.read(item)) };
    if (isAlias(node)) {
      this.faults.push(syntax(place, 'aliases (*name) are not supported', 'Write the value out.'));
    }
    return { kind: 'scalar', place, value: isScalar(node) ? asScalar(node.value) : null };
  }

  #entry(key: Node, value: Node | null): [string, Entry] {
    const keyPlace = this.#placeAt(key.range?.[0] ?? 0);
    const tree: Tree = value === null ? { kind: 'scalar', place: keyPlace, value: null } : this.read(value);
    return [isScalar(key) ? String(key.value) : key.toString(), { keyPlace, value: tree }];
  }
}

/** YAML knows more scalars than JSON (dates, big integers); those are kept as their text. */
function asScalar(value: unknown): Scalar {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return value;
  }
  return typeof value === 'bigint' ? value.toString() : JSON.stringify(value);
}

/** The same text with comment lines turned into blanks, so that places stay right. */
function blankComments(text: string): string {
  return text.replaceAll(/^[ \t]*\/\/.*$/gm, (line) => ' '.repeat(line.length));
}

function jsonFault(text: string, placeAt: (offset: number) => Place): ConfigFault | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    const said = (error as Error).message;
    const position = / at position (\d+)/.exec(said)?.[1];
    const offset = position === undefined ? text.trimEnd().length : Number(position);
    const what = said.replace(/ in JSON at position.*/s, '').replace(/Unexpected token '(.)'.*/s, 'unexpected "$1"');
    return syntax(
      placeAt(offset),
      `not valid JSON: ${what.charAt(0).toLowerCase()}${what.slice(1)}`,
      'Look at this place and just before it: a comma, quote or bracket is missing or one too many.',
    );
  }
}

function syntaxFault(place: Place, { code, message }: { code: string; message: string }): ConfigFault {
  if (code === 'DUPLICATE_KEY') return syntax(place, 'this key is given twice', 'Keep one of the two.');
  return syntax(place, `not valid YAML: ${message}`, 'Correct the indentation or quoting at this place.');
}

function syntax(place: Place, message: string, remedy: string): ConfigFault {
  return { code: 'config.syntax', place, message, remedy };
}
