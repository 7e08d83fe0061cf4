/**
 * Writes libs/contracts/src/generated from schemas/*.avsc: one file per message, holding its schema and its TypeScript types.
 * The output is committed, so that a reviewer sees the change of the wire. With --check nothing is written, and a
 * difference is an error.
 *
 *   node tools/codegen/src/main.ts [--check]
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { renderMessage, type MessageSource } from './render.ts';

const root = new URL('../../../', import.meta.url);
const schemas = new URL('schemas/', root);
const target = new URL('libs/contracts/src/generated/', root);

async function main(arguments_: readonly string[]): Promise<number> {
  const wanted = await render();
  const present = await readFolder();
  const stale = [...wanted].filter(([name, text]) => present.get(name) !== text).map(([name]) => name);
  const superfluous = [...present.keys()].filter((name) => !wanted.has(name));
  if (arguments_.includes('--check')) return report([...stale, ...superfluous]);
  await mkdir(target, { recursive: true });
  for (const name of stale) await writeFile(new URL(name, target), wanted.get(name) ?? '');
  for (const name of superfluous) await rm(new URL(name, target));
  console.log(`${wanted.size} files, ${stale.length} written, ${superfluous.length} removed`);
  return 0;
}

function report(differing: readonly string[]): number {
  if (differing.length === 0) return 0;
  console.error(`Generated files differ from schemas/: ${differing.join(', ')}. Run: node tools/codegen/src/main.ts`);
  return 1;
}

async function render(): Promise<Map<string, string>> {
  const names = (await readdir(schemas)).filter((name) => name.endsWith('.avsc')).toSorted();
  const sources: MessageSource[] = [];
  for (const name of names) {
    sources.push({
      name: name.replace(/\.avsc$/, ''),
      schema: JSON.parse(await readFile(new URL(name, schemas), 'utf8')),
    });
  }
  const style = { ...(await resolveConfig(new URL('package.json', root))), parser: 'typescript' };
  const files = new Map<string, string>();
  for (const source of sources) files.set(`${source.name}.ts`, await format(renderMessage(source), style));
  return files;
}

async function readFolder(): Promise<Map<string, string>> {
  const names = await readdir(target).catch(() => []);
  const files = new Map<string, string>();
  for (const name of names) files.set(name, await readFile(new URL(name, target), 'utf8'));
  return files;
}

process.exitCode = await main(process.argv.slice(2));
