/** The workspace as nx sees it: projects with their tags, and what their sources import. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

export type Project = {
  readonly name: string;
  readonly folder: string;
  readonly tags: readonly string[];
  readonly dependencies: ReadonlySet<string>;
};
export type Import = { readonly file: string; readonly line: number; readonly specifier: string };

type PackageJson = {
  name: string;
  workspaces?: string[];
  nx?: { tags?: string[] };
  dependencies?: Record<string, string>;
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
    const { name, nx, dependencies = {} } = readJson(join(root, manifest));
    return { name, folder: dirname(manifest), tags: nx?.tags ?? [], dependencies: new Set(Object.keys(dependencies)) };
  });
}

/** TypeScript sources of a folder, relative to the root, without what tools wrote. */
export function sourcesOf(root: string, folder: string): string[] {
  const files = globSync(`${folder}/**/*.{ts,mjs}`, {
    cwd: root,
    exclude: (path) => /node_modules|\.concord/.test(path),
  });
  return files.filter((file) => !file.includes('/generated/')).map((file) => relative(root, join(root, file)));
}

export function importsOf(root: string, file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(IMPORT)].map((match) => ({
    file,
    line: text.slice(0, match.index).split('\n').length,
    specifier: (match[1] ?? match[2] ?? match[3]) as string,
  }));
}

function readJson(path: string): PackageJson {
  return JSON.parse(readFileSync(path, 'utf8')) as PackageJson;
}
