/**
 * Who may import whom, by nx tag. The table is the one of docs/ARCHITECTURE.md; `*` → `*` is not a rule.
 * Own sources rather than @nx/eslint-plugin: that plugin needs ESLint and the JavaScript API of TypeScript, which
 * TypeScript 7 no longer has.
 */
import { importsOf, sourcesOf, type Import, type Project } from './projects.ts';

type Rule = {
  /** Tags of the projects that may be imported. */
  readonly mayImport: readonly string[];
  /** Packages from outside that may never be imported; `*` means none at all. */
  readonly bansPackages: readonly RegExp[];
};

const NEST = /^@nestjs\//;
const ANYTHING = /.*/;

const RULES: Readonly<Record<string, Rule>> = {
  core: { mayImport: [], bansPackages: [ANYTHING] },
  contracts: { mayImport: ['core'], bansPackages: [NEST, /^kafkajs$/, /^pg$/] },
  port: { mayImport: ['core'], bansPackages: [NEST, /^kafkajs$/, /^pg$/] },
  platform: { mayImport: ['platform'], bansPackages: [/^kafkajs$/, /^pg$/] },
  runtime: { mayImport: ['core', 'contracts', 'port'], bansPackages: [NEST, /^kafkajs$/, /^pg$/] },
  adapter: { mayImport: ['core', 'contracts', 'port', 'platform'], bansPackages: [NEST] },
  // The one library that puts adapters together, for the apps.
  assembly: { mayImport: ['core', 'contracts', 'port', 'platform', 'adapter'], bansPackages: [NEST, /^kafkajs$/] },
  testing: { mayImport: ['core', 'contracts', 'port'], bansPackages: [NEST, /^kafkajs$/, /^pg$/] },
  app: {
    mayImport: ['core', 'contracts', 'port', 'platform', 'runtime', 'adapter', 'assembly'],
    bansPackages: [/^kafkajs$/],
  },
  emulator: { mayImport: [], bansPackages: [NEST, /^kafkajs$/, /^pg$/] },
  tool: { mayImport: ['contracts', 'tool', 'platform'], bansPackages: [NEST] },
  test: {
    mayImport: Object.freeze([
      'core',
      'contracts',
      'port',
      'platform',
      'runtime',
      'adapter',
      'testing',
      'tool',
      'test',
    ]) as string[],
    bansPackages: [],
  },
};

export function boundaryFaults(root: string, projects: readonly Project[]): string[] {
  const byName = new Map(projects.map((project) => [project.name, project]));
  return projects.flatMap((project) => {
    const [tag = ''] = project.tags;
    const rule = RULES[tag];
    if (rule === undefined)
      return [`${project.folder}: its first nx tag "${tag}" has no row in the table of boundaries`];
    return sourcesOf(root, project.folder).flatMap((file) =>
      importsOf(root, file).flatMap((found) => faultsOf(found, { project, rule, byName })),
    );
  });
}

type Context = { readonly project: Project; readonly rule: Rule; readonly byName: ReadonlyMap<string, Project> };

function faultsOf(found: Import, { project, rule, byName }: Context): string[] {
  const { specifier } = found;
  const place = `${found.file}:${found.line}`;
  const isTest = /\.test\.ts$|\/bench\//.test(found.file);
  if (specifier.startsWith('.'))
    return leavesProject(found, project) ? [`${place}: ${specifier} leaves the project; import it by name`] : [];
  if (specifier.startsWith('node:'))
    return project.tags.includes('core') && !isTest
      ? [`${place}: the core imports nothing, not even ${specifier}`]
      : [];
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  const target = byName.get(name);
  if (target === undefined)
    return rule.bansPackages.some((banned) => banned.test(name)) && !isTest
      ? [`${place}: ${project.tags[0]} may not import ${name}`]
      : [];
  if (target === project) return [`${place}: a project does not import itself by name`];
  if (specifier !== name) return [`${place}: ${specifier} reaches behind the entry of ${name}`];
  if (!project.dependencies.has(name))
    return [`${place}: ${name} is not among the dependencies in ${project.folder}/package.json`];
  if (isTest && target.tags.some((tag) => tag === 'testing' || tag === 'tool')) return [];
  const allowed =
    target.tags.some((tag) => rule.mayImport.includes(tag)) &&
    (!target.tags.includes('nest') || project.tags.includes('app'));
  return allowed ? [] : [`${place}: ${project.tags[0]} may not import ${name} (${target.tags.join(', ')})`];
}

function leavesProject(found: Import, project: Project): boolean {
  const depth = found.file.slice(project.folder.length + 1).split('/').length - 1;
  const ups = found.specifier.match(/\.\.\//g)?.length ?? 0;
  return ups > depth;
}
