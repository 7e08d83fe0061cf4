/** Which system a rule means: by name, by role or alias, by what its type usually is, or by its type. */
import type { SystemType } from './shapes/systems.ts';
import type { SystemConfig } from './types.ts';

const USUAL_ROLES: Readonly<Record<string, SystemType>> = { crm: 'salesforce', erp: 'netsuite', support: 'zendesk' };

export type NamedSystem = {
  readonly name: string;
  readonly type: SystemType;
  readonly roles: readonly string[];
  /** Where tables live that are named without one. */
  readonly schema: string;
};

export function findSystem(word: string, systems: readonly NamedSystem[]): string | null {
  const byName = systems.filter(({ name }) => name === word);
  const byRole = systems.filter(({ roles }) => roles.includes(word));
  const byType = systems.filter(({ type }) => type === word || type === USUAL_ROLES[word]);
  for (const found of [byName, byRole, byType]) if (found.length === 1) return found[0]?.name ?? null;
  return null;
}

/** All words by which systems can be meant. */
export function systemWords(systems: readonly NamedSystem[]): string[] {
  const usual = Object.entries(USUAL_ROLES).filter(([, type]) => systems.some((system) => system.type === type));
  return [...new Set([...systems.flatMap(({ name, roles }) => [name, ...roles]), ...usual.map(([role]) => role)])];
}

export function namedSystems(
  configs: Readonly<Record<string, SystemConfig>>,
  types: ReadonlyMap<string, SystemType>,
): NamedSystem[] {
  return [...types].map(([name, type]) => {
    const config = configs[name];
    return { name, type, roles: config?.roles ?? [], schema: config?.type === 'postgres' ? config.schema : 'public' };
  });
}
