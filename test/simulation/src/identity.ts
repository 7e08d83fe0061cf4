/**
 * Which record a row stands for. In most worlds a thing has one record from the start. Where two systems came to know the
 * same thing by themselves it has two (`twins`), until somebody finds out and the second is merged into the first.
 */
import type { WorldOptions } from './options.ts';

/** The thing that is known twice, and the name under which all but the first system know it. */
const TWIN = 'r0';
const OTHER = 'r1';

export class Identity {
  readonly #isTwin: boolean;
  readonly #first: string;
  isMerged = false;

  constructor({ twins, systems }: WorldOptions) {
    this.#isTwin = twins;
    this.#first = systems[0]?.name ?? '';
  }

  /** There is something to find out. */
  get isDoubtful(): boolean {
    return this.#isTwin && !this.isMerged;
  }

  get pair(): { readonly survivor: string; readonly absorbed: string } {
    return { survivor: TWIN, absorbed: OTHER };
  }

  /** Under which record a row of the system is told. */
  recordOf(system: string, thing: string): string {
    return this.isDoubtful && thing === TWIN && system !== this.#first ? OTHER : thing;
  }

  /** What a record is about. */
  thingOf(record: string): string {
    return this.#isTwin && record === OTHER ? TWIN : record;
  }
}
