/**
 * A secret is known by where it comes from (`env:NAME`, `file:PATH`) until the moment it is used. The value is read by
 * `reveal()` and not kept, and nothing that prints, logs or serializes a Secret shows it.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { inspect } from 'node:util';
import { ConfigError } from './fault.ts';
import type { Place } from './place.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export const REFERENCE = /^(env|file):(.+)$/s;

export class Secret {
  /** `env:NAME` or `file:PATH`: safe to show. */
  readonly reference: string;
  readonly #read: () => string;

  constructor(reference: string, read: () => string) {
    this.reference = reference;
    this.#read = read;
  }

  reveal(): string {
    return this.#read();
  }

  toString(): string {
    return `[secret from ${this.reference}]`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

export type ReferenceContext = { readonly environment: Environment; readonly folder: string; readonly place: Place };

export function secretFrom(reference: string, context: ReferenceContext): Secret {
  return new Secret(reference, () => {
    const resolved = resolveReference(reference, context);
    if ('value' in resolved) return resolved.value;
    throw new ConfigError([{ code: 'config.secret', place: context.place, ...resolved }]);
  });
}

/** The value a reference stands for, or what is wrong with it. */
export function resolveReference(
  reference: string,
  { environment, folder }: ReferenceContext,
): { value: string } | { message: string; remedy: string } {
  const [, kind, name = ''] = REFERENCE.exec(reference) ?? [];
  if (kind === 'env') {
    const value = environment[name];
    if (value !== undefined && value !== '') return { value };
    return { message: `the environment variable ${name} is not set`, remedy: `Set ${name} where Concord is started.` };
  }
  try {
    return { value: readFileSync(resolve(folder, name), 'utf8').trimEnd() };
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    return {
      message: `the file ${name} cannot be read (${code})`,
      remedy: `Paths are relative to the folder of the config file (${folder}); check the name and the permissions.`,
    };
  }
}
