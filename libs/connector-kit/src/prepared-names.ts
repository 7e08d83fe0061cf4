/**
 * Names for prepared statements of Postgres. It keeps the plan of such a statement, and one that was made while a table was
 * nearly empty reads the table whole: until its first ANALYZE, a minute or more into a load, every look-up costs more than
 * the last. So a statement is prepared anew, under another name, each time it has been run twice as often.
 */
export class PreparedNames {
  readonly #runs = new Map<string, number>();

  /** The name under which to run the statement this time. */
  of(name: string): string {
    const runs = (this.#runs.get(name) ?? 0) + 1;
    if (this.#runs.size > NAMES_MAX) this.#runs.clear();
    this.#runs.set(name, runs);
    return `${name}_${Math.floor(Math.log2(runs))}`;
  }
}

/** Where names come from data, they are not counted for ever. */
const NAMES_MAX = 2_000;
