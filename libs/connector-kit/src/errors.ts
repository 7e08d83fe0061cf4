/** What the caller should do about an error: try again, set the record aside, or stop this source or target. */
export type Reaction = 'retry' | 'park' | 'halt';

/**
 * An error of a connected system in terms an SRE can act on.
 * `code` is `<area>.<what>`; `hint` says the remedy; `place` names what it is about (host, table, field) without secrets.
 */
export class ConnectorError extends Error {
  readonly code: string;
  readonly reaction: Reaction;
  readonly hint: string;

  constructor(
    details: { code: string; reaction: Reaction; message: string; hint: string },
    options?: { cause?: unknown },
  ) {
    super(details.message, options);
    this.name = 'ConnectorError';
    this.code = details.code;
    this.reaction = details.reaction;
    this.hint = details.hint;
  }
}
