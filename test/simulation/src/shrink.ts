/**
 * Makes a history that fails as short as it gets while it still fails in the same way: steps are taken out in ever smaller
 * pieces, then the world is made simpler, then steps again. What is left is played as it is written and otherwise without
 * chance, so it can be read as a story: each step in it is needed.
 */
import type { Violation } from './auditor.ts';
import type { ScriptStep } from './choices.ts';
import { playScript, recordHistory } from './history.ts';
import type { Replayed, Script } from './history.ts';
import type { WorldOptions } from './options.ts';

type Shrunk = { readonly script: Script; readonly violations: readonly Violation[]; readonly stepsBefore: number };

/** A bound on the work, far above what a history needs. */
const ATTEMPTS_MAX = 4000;

/** Null when the history does not fail once it is played from its script. */
export function shrinkHistory(seed: number, how: Replayed = {}): Shrunk | null {
  const recorded = recordHistory(seed, how);
  const [first] = playScript(recorded, how);
  if (first === undefined) return null;
  const { kind } = first;
  let attempts = 0;
  const fails = (script: Script): boolean =>
    ++attempts <= ATTEMPTS_MAX && playScript(script, how).some((violation) => violation.kind === kind);
  let script = withFewerSteps(recorded, fails);
  script = withSimplerWorld(script, fails);
  script = withFewerSteps(script, fails);
  return { script, violations: playScript(script, how), stepsBefore: recorded.steps.length };
}

function withFewerSteps(script: Script, fails: (script: Script) => boolean): Script {
  let { steps } = script;
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < steps.length;) {
      const fewer: readonly ScriptStep[] = [...steps.slice(0, from), ...steps.slice(from + size)];
      if (fails({ ...script, steps: fewer })) steps = fewer;
      else from += size;
    }
  }
  return { ...script, steps };
}

function withSimplerWorld(script: Script, fails: (script: Script) => boolean): Script {
  let simplest = script;
  for (const simpler of SIMPLER) {
    for (const options of simpler(simplest.options)) {
      const attempt = { ...simplest, options };
      if (fails(attempt)) simplest = attempt;
    }
  }
  return simplest;
}

/** Each gives worlds that have one thing less to think of. */
const SIMPLER: readonly ((options: WorldOptions) => readonly WorldOptions[])[] = [
  (options) => options.systems.slice(2).map(({ name }) => withoutSystem(options, name)),
  (options) => Object.keys(options.fields).map((field) => withoutField(options, field)),
  (options) => options.systems.map(({ name }) => withSystem(options, name, { trigger: 'none' })),
  (options) => options.systems.map(({ name }) => withSystem(options, name, { clockSkewMs: 0, refusesOneIn: 0 })),
];

function withoutSystem(options: WorldOptions, name: string): WorldOptions {
  const { [name]: _gone, ...systems } = options.rules.systems;
  return {
    ...options,
    systems: options.systems.filter((profile) => profile.name !== name),
    rules: { ...options.rules, systems },
  };
}

function withoutField(options: WorldOptions, field: string): WorldOptions {
  if (Object.keys(options.fields).length === 1) return options;
  const { [field]: _kind, ...fields } = options.fields;
  const { [field]: _rule, ...rules } = options.rules.fields;
  const { groups, ...others } = options.rules;
  const units = Object.entries(groups ?? {}).filter(([, members]) => !members.includes(field));
  const left = units.length === 0 ? {} : { groups: Object.fromEntries(units) };
  return { ...options, fields, rules: { ...others, ...left, fields: rules } };
}

function withSystem(
  options: WorldOptions,
  name: string,
  changed: Partial<WorldOptions['systems'][number]>,
): WorldOptions {
  const systems = options.systems.map((profile) => (profile.name === name ? { ...profile, ...changed } : profile));
  return { ...options, systems };
}
