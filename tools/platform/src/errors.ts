/** What went wrong while the platform was brought up, and the remedy. Messages name the log to read and carry no secret. */
export class PlatformError extends Error {
  readonly code: string;
  readonly hint: string;

  constructor(details: { code: string; message: string; hint: string }, options?: { cause?: unknown }) {
    super(`${details.message}\n${details.hint}`, options);
    this.name = 'PlatformError';
    this.code = details.code;
    this.hint = details.hint;
  }
}
