/**
 * From files to a checked config. Every step goes on with what is sound, so that all faults of all files are found at once:
 * read, parse, check each document, sort and join documents, read systems, read syncs.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { check } from './check.ts';
import { sortDocuments } from './documents.ts';
import { readConfigPaths } from './environment.ts';
import { ConfigError, inOrder, type ConfigFault, type ConfigNote } from './fault.ts';
import { notesOf } from './notes.ts';
import { parseText } from './parse.ts';
import { formatPlace } from './place.ts';
import { namedSystems } from './roles.ts';
import type { Environment } from './secret.ts';
import { documentShape } from './shapes/document.ts';
import { readSync } from './syncs.ts';
import { gatherSystems } from './systems.ts';
import type { MapTree } from './tree.ts';
import type { Installation, SyncConfig } from './types.ts';

export type LoadedConfig = {
  /** What is sound of the config; all of it when there are no faults. */
  readonly installation: Installation;
  readonly faults: readonly ConfigFault[];
  readonly notes: readonly ConfigNote[];
};

const CONFIG_FILE = /\.(json|ya?ml)$/;

export function loadConfig(paths: readonly string[], environment: Environment = process.env): LoadedConfig {
  const faults: ConfigFault[] = [];
  const documents = paths.flatMap((path) => filesAt(path, faults)).flatMap((file) => readDocument(file, faults));
  const sorted = sortDocuments(documents);
  const systems = gatherSystems(sorted.systems, sorted.syncs, environment);
  const named = namedSystems(systems.configs, systems.types);
  const read = sorted.syncs.map((document) => readSync(document, named));
  const syncs = read.flatMap(({ config }) => config ?? []);
  const found = [
    ...faults,
    ...sorted.faults,
    ...systems.faults,
    ...withoutConsequences(
      read.flatMap((sync) => sync.faults),
      faults,
    ),
    ...doubledEntities(syncs),
  ];
  const notes = notesOf(
    sorted.syncs.map(({ tree }) => tree),
    documents,
  );
  return { installation: { systems: systems.configs, syncs }, faults: inOrder(found), notes: inOrder(notes) };
}

/** The config named by CONCORD_CONFIG, for services: sound, or a ConfigError that names all that is wrong. */
export function loadInstallation(environment: Environment = process.env): Installation {
  const { installation, faults } = loadConfig(readConfigPaths(environment), environment);
  if (faults.length > 0) throw new ConfigError(faults);
  return installation;
}

function filesAt(path: string, faults: ConfigFault[]): string[] {
  const absolute = resolve(path);
  const place = { file: absolute, line: 1, column: 1 };
  try {
    if (!statSync(absolute).isDirectory()) return [absolute];
    const names = readdirSync(absolute)
      .filter((name) => CONFIG_FILE.test(name))
      .toSorted();
    if (names.length > 0) return names.map((name) => join(absolute, name));
    const remedy = 'Put at least one .json or .yaml file there.';
    faults.push({ code: 'config.unreadable', place, message: 'the folder holds no config files', remedy });
  } catch (error) {
    faults.push(unreadable(absolute, error));
  }
  return [];
}

function readDocument(file: string, faults: ConfigFault[]): MapTree[] {
  try {
    const parsed = parseText(file, readFileSync(file, 'utf8'));
    faults.push(...parsed.faults);
    if (parsed.tree === null) return [];
    const checked = check(documentShape, parsed.tree);
    faults.push(...checked.faults);
    return [checked.tree];
  } catch (error) {
    faults.push(unreadable(file, error));
    return [];
  }
}

function unreadable(file: string, error: unknown): ConfigFault {
  const { code, message } = error as NodeJS.ErrnoException;
  const what = code === 'ENOENT' ? 'there is no such file or folder' : `cannot be read: ${code ?? message}`;
  const remedy = 'Check the path (CONCORD_CONFIG or --config) and the permissions.';
  return { code: 'config.unreadable', place: { file, line: 1, column: 1 }, message: what, remedy };
}

/** A document that is broken lacks things that may well stand in it: what is missing is only said once the rest is sound. */
function withoutConsequences(found: readonly ConfigFault[], cause: readonly ConfigFault[]): ConfigFault[] {
  return cause.length === 0 ? [...found] : found.filter(({ code }) => code !== 'config.incomplete');
}

function doubledEntities(syncs: readonly SyncConfig[]): ConfigFault[] {
  return syncs.flatMap((sync, index) => {
    const first = syncs.findIndex(({ entity }) => entity === sync.entity);
    if (first === index) return [];
    const message = `the entity "${sync.entity}" also belongs to the sync at ${formatPlace(syncs[first]?.place ?? sync.place)}`;
    const remedy = `Give "${sync.name}" a name of its own: "entity": "…".`;
    return [{ code: 'config.contradiction' as const, place: sync.place, message, remedy }];
  });
}
