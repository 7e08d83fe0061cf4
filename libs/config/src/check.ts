/** Checks a tree against a shape and says what is wrong in words of the config, each at its place. */
import { z } from 'zod';
import type { ConfigFault, FaultCode } from './fault.ts';
import { knownKeysAt } from './known-keys.ts';
import { SECRET_PROBLEM } from './shapes/systems.ts';
import { misspeltKey, suggestion } from './suggest.ts';
import { descend, mapTree, placeOf, toPlain, without, type MapTree, type Path } from './tree.ts';

export type Checked = {
  /** The tree without what is wrong, so that the rest can still be checked further. */
  readonly tree: MapTree;
  readonly faults: readonly ConfigFault[];
};

type Issue = z.core.$ZodIssue;
type Finding = { readonly path: Path; readonly code: FaultCode; readonly message: string; readonly remedy: string };

/** `prefix` is where the tree stands in the config, for messages. */
export function check(shape: z.ZodType, tree: MapTree, prefix: Path = []): Checked {
  const result = z.safeParse(shape, toPlain(tree));
  if (result.success) return { tree, faults: [] };
  const found = result.error.issues.flatMap((issue) => findingsOf(issue, [], { shape, tree, prefix }));
  const findings = found.filter((finding) => !isMisspelt(finding, found));
  const faults = findings.map(({ path, ...fault }) => ({ ...fault, place: placeOf(tree, path) }));
  // From the back, so that the numbers of list items before stay right.
  const wrong = found.map(({ path }) => existingPath(tree, path)).toSorted(byPathDescending);
  const pruned = wrong.reduce((rest: MapTree, path) => without(rest, path) as MapTree, tree);
  // What was taken out may have been needed around it.
  return { tree: pruned === tree ? mapTree(tree.place) : check(shape, pruned, prefix).tree, faults };
}

/** The path, or what encloses it when nothing stands there: taking it out always takes something out. */
function existingPath(tree: MapTree, path: Path): Path {
  return path.length <= 1 || descend(tree, path) !== null ? path : existingPath(tree, path.slice(0, -1));
}

/** A key that is missing because it stands there misspelt needs no fault of its own. */
function isMisspelt({ message, path }: Finding, found: readonly Finding[]): boolean {
  const key = /[".]([^".]+)" is missing$/.exec(message)?.[1];
  if (key === undefined) return false;
  return found.some((other) => other.remedy === `Did you mean "${key}"?` && other.path.length === path.length + 1);
}

type Context = { readonly shape: z.ZodType; readonly tree: MapTree; readonly prefix: Path };

function findingsOf(issue: Issue, base: Path, context: Context): Finding[] {
  const path = [...base, ...issue.path];
  const name = `"${nameOf([...context.prefix, ...path])}"`;
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey([...path, key], context));
    case 'invalid_union':
      return [...kindFindings(issue, path, context), ...unionFindings(issue, path, context)];
    case 'invalid_value':
      return [wrongValue(path, name, issue.values.map(String), context.tree)];
    case 'invalid_type': {
      if (descend(context.tree, path) !== null) {
        return [valueFinding(path, `${name} must be ${phrase(issue)}`, 'Correct the value.')];
      }
      return [valueFinding(path.slice(0, -1), `${name} is missing`, `Add it: ${phrase(issue)}.`)];
    }
    default: {
      if (issue.message === SECRET_PROBLEM) return [secretFinding(path, name)];
      const said = issue.message.replace(/^Too (small|big): expected \w+ to be /, 'must be ');
      return [valueFinding(path, `${name} ${said}`, 'Correct the value.')];
    }
  }
}

/** The key that says of which kind an object is: "type". */
function kindFindings(issue: z.core.$ZodIssueInvalidUnion, path: Path, context: Context): Finding[] {
  const options = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
  if (options.length === 0) return [];
  const name = `"${nameOf([...context.prefix, ...path])}"`;
  if (descend(context.tree, path) !== null) return [wrongValue(path, name, options, context.tree)];
  const misspelt = misspeltKey(descend(context.tree, path.slice(0, -1)), String(path.at(-1)));
  if (misspelt !== null) return [unknownKey([...path.slice(0, -1), misspelt], context)];
  return [valueFinding(path.slice(0, -1), `${name} is missing`, `Add it: ${options.join(', ')}.`)];
}

function unionFindings(issue: z.core.$ZodIssueInvalidUnion, path: Path, context: Context): Finding[] {
  const branches = issue.errors.filter((errors) => errors.length > 0);
  if (branches.length === 0) return [];
  // The branch that was meant is the one that fits at the top and fails furthest inside, or by more than the type.
  const [meant] = branches
    .filter((errors) => errors.every((error) => error.path.length > 0 || !isTypeMismatch(error)))
    .toSorted((a, b) => depthOf(b) - depthOf(a));
  if (meant !== undefined) return meant.flatMap((error) => findingsOf(error, path, context));
  const values = branches.flatMap(([first]) => (first?.code === 'invalid_value' ? first.values.map(String) : []));
  const name = `"${nameOf([...context.prefix, ...path])}"`;
  const node = descend(context.tree, path);
  if (values.length > 0 && node?.kind === 'scalar' && typeof node.value === 'string') {
    return [wrongValue(path, name, values, context.tree)];
  }
  const allowed = branches.flatMap(([first]) => (first === undefined ? [] : [phrase(first)]));
  return [valueFinding(path, `${name} must be ${[...new Set(allowed)].join(' or ')}`, 'Correct the value.')];
}

function depthOf(errors: readonly Issue[]): number {
  return Math.min(...errors.map(({ path }) => path.length));
}

function isTypeMismatch(issue: Issue): boolean {
  return issue.code === 'invalid_type' || issue.code === 'invalid_value' || issue.code === 'invalid_format';
}

function unknownKey(path: Path, { shape, prefix }: Context): Finding {
  const known = knownKeysAt(shape, path.slice(0, -1));
  const key = String(path.at(-1));
  const where = nameOf([...prefix, ...path.slice(0, -1)]);
  return {
    path,
    code: 'config.unknown_key',
    message: `unknown key "${key}"${where === '' ? '' : ` in "${where}"`}`,
    remedy: suggestion(key, known),
  };
}

function wrongValue(path: Path, name: string, allowed: readonly string[], tree: MapTree): Finding {
  const node = descend(tree, path);
  if (node === null) return valueFinding(path.slice(0, -1), `${name} is missing`, suggestion('', allowed));
  const written = node.kind === 'scalar' ? String(node.value) : '';
  const shown = node.kind === 'scalar' ? `"${written}"` : 'this';
  return valueFinding(path, `${name} cannot be ${shown}`, suggestion(written, allowed));
}

function secretFinding(path: Path, name: string): Finding {
  const variable = String(path.at(-1)).toUpperCase();
  const remedy = `Write a reference instead, "env:${variable}" or "file:path", and change the secret: it was in a file.`;
  return { path, code: 'config.secret', message: `${name} ${SECRET_PROBLEM}`, remedy };
}

function valueFinding(path: Path, message: string, remedy: string): Finding {
  return { path, code: 'config.value', message, remedy };
}

const PHRASES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list [ … ]',
  object: 'an object { … }',
  record: 'an object { … }',
};

function phrase(issue: Issue): string {
  if (issue.code === 'invalid_type') return PHRASES[issue.expected] ?? issue.expected;
  if (issue.code === 'invalid_value') return issue.values.map((value) => `"${String(value)}"`).join(', ');
  return issue.message.replace(/^must be /, '');
}

function nameOf(path: Path): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');
}

function byPathDescending(a: Path, b: Path): number {
  for (let i = 0; i < Math.min(a.length, b.length); i += 1) {
    const [x, y] = [a[i], b[i]];
    if (typeof x === 'number' && typeof y === 'number' && x !== y) return y - x;
  }
  return b.length - a.length;
}
