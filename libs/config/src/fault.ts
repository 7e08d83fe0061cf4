/**
 * What is wrong with a config. Faults are values: everything that is wrong is collected and shown at once.
 * `config.incomplete` marks what is missing rather than wrong; a document that is only a part of a config may have it.
 */
import { formatPlace, type Place } from './place.ts';

export type FaultCode =
  | 'config.unreadable'
  | 'config.syntax'
  | 'config.unknown_key'
  | 'config.value'
  | 'config.contradiction'
  | 'config.secret'
  | 'config.reference'
  | 'config.incomplete';

export type ConfigFault = {
  readonly code: FaultCode;
  readonly place: Place;
  readonly message: string;
  readonly remedy: string;
};

/** Something that is accepted but does not work (yet) as a reader might expect. Never an error, never left unsaid. */
export type ConfigNote = { readonly place: Place; readonly message: string };

/** All faults of a config, one after the other in the order of files and lines, as text for people. */
export function formatFaults(faults: readonly ConfigFault[]): string {
  return inOrder(faults)
    .map(({ place, message, remedy }) => `${formatPlace(place)}  ${message}\n    ${remedy}`)
    .join('\n');
}

export function inOrder<T extends { readonly place: Place }>(items: readonly T[]): T[] {
  return items.toSorted(
    (a, b) =>
      a.place.file.localeCompare(b.place.file) || a.place.line - b.place.line || a.place.column - b.place.column,
  );
}

/** Thrown by those who need a sound config and did not get one. */
export class ConfigError extends Error {
  readonly code = 'config.faults';
  readonly reaction = 'halt';
  readonly hint = 'Run `concord validate` and correct what it names.';
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[], options?: { cause?: unknown }) {
    super(`the config has ${faults.length} fault${faults.length === 1 ? '' : 's'}\n${formatFaults(faults)}`, options);
    this.name = 'ConfigError';
    this.faults = faults;
  }
}
