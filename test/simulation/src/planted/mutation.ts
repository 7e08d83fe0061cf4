/**
 * Loads the simulation once more with one defect in the core. Every module of it that is imported from a planted one is
 * planted, too (the name travels in the query of its address), so sound and broken copies live side by side in a thread.
 * Production code knows nothing of this: the text is changed on its way into Node's loader.
 */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import type { runHistory } from '../history.ts';
import { isCoreDefect } from './defects.ts';
import type { CoreDefect, Defect } from './defects.ts';

type Simulation = { readonly runHistory: typeof runHistory };

const ROOT = new URL('../../../../', import.meta.url);
const CORE = new URL('libs/core/src/', ROOT).href;
const OURS = [CORE, new URL('libs/testing/src/', ROOT).href, new URL('test/simulation/src/', ROOT).href];

const planted = new Map<string, CoreDefect>();
let isHooked = false;

export async function simulationWith(defect: Defect): Promise<Simulation> {
  if (!isCoreDefect(defect)) return await import('../history.ts');
  hook();
  const name = encodeURIComponent(defect.name);
  planted.set(name, defect);
  return (await import(new URL(`../history.ts?planted=${name}`, import.meta.url).href)) as Simulation;
}

/** The source with the defect in it. Refuses to guess where the text is not found exactly once. */
export function mutated(source: string, { name, file, find, replace }: CoreDefect): string {
  const parts = source.split(find);
  if (parts.length === 2) return parts.join(replace);
  throw new Error(
    `The planted defect "${name}" looks for a text that occurs ${parts.length - 1} times in ${file}; it must occur once.`,
  );
}

function hook(): void {
  if (isHooked) return;
  isHooked = true;
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const resolved = nextResolve(specifier, context);
      const name = nameIn(context.parentURL);
      if (name === null || !OURS.some((folder) => resolved.url.startsWith(folder))) return resolved;
      return { ...resolved, url: `${resolved.url}?planted=${name}` };
    },
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const defect = planted.get(nameIn(url) ?? '');
      if (defect === undefined || url.slice(0, url.indexOf('?')) !== CORE + defect.file) return loaded;
      return { ...loaded, source: mutated(readFileSync(new URL(defect.file, CORE), 'utf8'), defect) };
    },
  });
}

function nameIn(url: string | undefined): string | null {
  return /\?planted=(.+)$/.exec(url ?? '')?.[1] ?? null;
}
