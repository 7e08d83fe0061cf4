/** The workspace as nx sees it: projects with their tags, and what their sources import. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export type Project = {
  readonly name: string;
  readonly folder: string;
  readonly tags: readonly string[];
  readonly dependencies: ReadonlySet<string>;
  /** Those for tests alone. */
  readonly devDependencies: ReadonlySet<string>;
};
export type Import = {
  readonly file: string;
  readonly line: number;
  readonly specifier: string;
  /** The package without the path inside it; null for own files and Node's modules. */
  readonly package: string | null;
};

type PackageJson = {
  name: string;
  workspaces?: string[];
  nx?: { tags?: string[] };
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
};

const IMPORT =
  /^(?:import|export)\b[^'"]*?from\s+['"]([^'"]+)['"]|^import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm;

export function readProjects(root: string): Project[] {
  const { workspaces = [] } = readJson(join(root, 'package.json'));
  const manifests = globSync(
    workspaces.map((pattern) => `${pattern}/package.json`),
    { cwd: root },
  );
  return manifests.map((manifest) => {
    const { name, nx, dependencies = {}, devDependencies = {} } = readJson(join(root, manifest));
    return {
      name,
      folder: dirname(manifest),
      tags: nx?.tags ?? [],
      dependencies: new Set(Object.keys(dependencies)),
      devDependencies: new Set(Object.keys(devDependencies)),
    };
  });
}

/** TypeScript sources of a folder, relative to the root, without what tools wrote. */
export function sourcesOf(root: string, folder: string): string[] {
  return globSync(`${folder}/**/*.{ts,mjs}`, {
    cwd: root,
    exclude: (path) => /node_modules|\.concord|generated/.test(path),
  });
}

export function importsOf(root: string, file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(IMPORT)].map((match) => {
    const specifier = (match[1] ?? match[2] ?? match[3]) as string;
    return { file, line: text.slice(0, match.index).split('\n').length, specifier, package: packageOf(specifier) };
  });
}

/** Tests and benchmarks run on a developer's machine only and may use what the program itself may not. */
export function isForTests(file: string): boolean {
  return /\.test\.ts$|\/bench\//.test(file);
}

function packageOf(specifier: string): string | null {
  if (/^(?:\.|node:)/.test(specifier)) return null;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function readJson(path: string): PackageJson {
  return JSON.parse(readFileSync(path, 'utf8')) as PackageJson;
}
