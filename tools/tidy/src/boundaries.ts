/**
 * Who may import whom, by nx tag. The table is the one of docs/ARCHITECTURE.md; `*` → `*` is not a rule.
 * Own sources rather than @nx/eslint-plugin: that plugin needs ESLint and the JavaScript API of TypeScript, which
 * TypeScript 7 no longer has.
 */
import { importsOf, isForTests, sourcesOf, type Import, type Project } from './projects.ts';

type Rule = {
  /** Tags of the projects that may be imported. */
  readonly mayImport: readonly string[];
  /** Packages from outside that may never be imported. */
  readonly bansPackages: readonly RegExp[];
};

const NEST = /^@nestjs\//;
const KAFKA = /^kafkajs$/;
const POSTGRES = /^pg$/;
const ANYTHING = /.*/;

const RULES: Readonly<Record<string, Rule>> = {
  core: { mayImport: [], bansPackages: [ANYTHING] },
  pure: { mayImport: [], bansPackages: [NEST, KAFKA, POSTGRES] },
  contracts: { mayImport: ['core', 'pure'], bansPackages: [NEST, KAFKA, POSTGRES] },
  port: { mayImport: ['core'], bansPackages: [NEST, KAFKA, POSTGRES] },
  platform: { mayImport: ['platform', 'pure'], bansPackages: [KAFKA, POSTGRES] },
  runtime: { mayImport: ['core', 'contracts', 'port'], bansPackages: [NEST, KAFKA, POSTGRES] },
  adapter: { mayImport: ['core', 'pure', 'contracts', 'port', 'platform'], bansPackages: [NEST] },
  assembly: { mayImport: ['core', 'contracts', 'port', 'platform', 'adapter'], bansPackages: [NEST, KAFKA] },
  testing: { mayImport: ['core', 'contracts', 'port'], bansPackages: [NEST, KAFKA, POSTGRES] },
  app: {
    mayImport: ['core', 'pure', 'contracts', 'port', 'platform', 'runtime', 'adapter', 'assembly'],
    bansPackages: [KAFKA],
  },
  emulator: { mayImport: [], bansPackages: [NEST, KAFKA, POSTGRES] },
  tool: { mayImport: ['contracts', 'tool', 'platform'], bansPackages: [NEST] },
  test: {
    mayImport: ['core', 'contracts', 'port', 'platform', 'runtime', 'adapter', 'testing', 'tool'],
    bansPackages: [],
  },
};

/** What tests may import besides: nothing that ships does. */
const FOR_TESTS = ['testing', 'tool'];

/** Declared once, at the root, for the tests of all. */
const FROM_THE_ROOT = new Set(['vitest', 'fast-check']);

export function boundaryFaults(root: string, projects: readonly Project[]): string[] {
  const byName = new Map(projects.map((project) => [project.name, project]));
  return projects.flatMap((project) => {
    const rule = RULES[tagOf(project)];
    if (rule === undefined)
      return [`${project.folder}: its first nx tag "${tagOf(project)}" has no row in the table of boundaries`];
    return importsIn(root, project).flatMap((found) => faultOf(found, { project, rule, byName }) ?? []);
  });
}

export function declarationFaults(root: string, projects: readonly Project[]): string[] {
  return projects.flatMap((project) =>
    importsIn(root, project)
      .filter((found) => found.package !== null && !isDeclared(found.package, found.file, project))
      .map((found) => `${placeOf(found)}: ${found.package} is not declared in ${project.folder}/package.json`),
  );
}

type Context = { readonly project: Project; readonly rule: Rule; readonly byName: ReadonlyMap<string, Project> };

function faultOf(found: Import, { project, rule, byName }: Context): string | null {
  const { specifier, file } = found;
  const refuse = (why: string): string => `${placeOf(found)}: ${why}`;
  if (specifier.startsWith('.'))
    return leavesProject(found, project) ? refuse(`${specifier} leaves the project; import it by name`) : null;
  if (found.package === null)
    return tagOf(project) === 'core' && !isForTests(file)
      ? refuse(`the core imports nothing, not even ${specifier}`)
      : null;
  const target = byName.get(found.package);
  if (target === undefined) {
    const isBanned = !isForTests(file) && rule.bansPackages.some((banned) => banned.test(specifier));
    return isBanned ? refuse(`${tagOf(project)} may not import ${found.package}`) : null;
  }
  if (target === project) return refuse('a project does not import itself by name');
  if (specifier !== found.package) return refuse(`${specifier} reaches behind the entry of ${found.package}`);
  return mayImport(found, target, { project, rule })
    ? null
    : refuse(`${tagOf(project)} may not import ${found.package} (${target.tags.join(', ')})`);
}

function mayImport(found: Import, target: Project, { project, rule }: Omit<Context, 'byName'>): boolean {
  if (isForTests(found.file) && FOR_TESTS.includes(tagOf(target))) return true;
  if (target.tags.includes('nest') && tagOf(project) !== 'app') return false;
  return rule.mayImport.includes(tagOf(target));
}

function isDeclared(name: string, file: string, project: Project): boolean {
  if (project.dependencies.has(name)) return true;
  if (!isForTests(file) && tagOf(project) !== 'test') return false;
  return project.devDependencies.has(name) || FROM_THE_ROOT.has(name);
}

function leavesProject({ file, specifier }: Import, { folder }: Project): boolean {
  const depth = file.slice(folder.length + 1).split('/').length - 1;
  return (specifier.match(/\.\.\//g)?.length ?? 0) > depth;
}

function importsIn(root: string, { folder }: Project): Import[] {
  return sourcesOf(root, folder).flatMap((file) => importsOf(root, file));
}

function tagOf({ tags: [tag = ''] }: Project): string {
  return tag;
}

function placeOf({ file, line }: Import): string {
  return `${file}:${line}`;
}
