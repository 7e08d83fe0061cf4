/** Errors of the store, in terms an SRE can act on. */
export class StoreError extends Error {
  readonly code: 'store.unreachable' | 'store.auth' | 'store.fenced' | 'store.not_migrated' | 'store.failed';
  readonly reaction: 'retry' | 'halt';
  readonly hint: string;

  constructor(
    details: Pick<StoreError, 'code' | 'reaction' | 'hint'> & { readonly message: string },
    options?: { cause?: unknown },
  ) {
    super(details.message, options);
    this.name = 'StoreError';
    this.code = details.code;
    this.reaction = details.reaction;
    this.hint = details.hint;
  }
}

const TRANSIENT_STATES = /^(08|40|53|57P0|55P03)/;
const TRANSIENT_ERRNOS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** Turns whatever `pg` threw into a StoreError. `where` is host, port and database, never the password. */
export function toStoreError(error: unknown, where: string): StoreError {
  if (error instanceof StoreError) return error;
  const { code = '', message = String(error) } = error as { code?: string; message?: string };
  const cause = { cause: error };
  if (code === 'CC001') {
    return new StoreError(
      {
        code: 'store.fenced',
        reaction: 'halt',
        message: 'another instance has taken over these partitions',
        hint: 'Nothing to do: this instance rejoins the group and goes on with the partitions it is given.',
      },
      cause,
    );
  }
  if (code.startsWith('28') || code === '3D000') {
    return new StoreError(
      {
        code: 'store.auth',
        reaction: 'halt',
        message: `the store at ${where} refused the login: ${message}`,
        hint: 'Check user, password and database in CONCORD_STORE_URL.',
      },
      cause,
    );
  }
  if (code === '42P01') {
    return new StoreError(
      {
        code: 'store.not_migrated',
        reaction: 'halt',
        message: `the store at ${where} lacks a table: ${message}`,
        hint: 'Run `concord apply`, which creates and upgrades the store.',
      },
      cause,
    );
  }
  if (TRANSIENT_STATES.test(code) || TRANSIENT_ERRNOS.has(code) || /terminated|timeout/i.test(message)) {
    return new StoreError(
      {
        code: 'store.unreachable',
        reaction: 'retry',
        message: `the store at ${where} cannot be reached: ${message}`,
        hint: 'Check that Postgres is up and CONCORD_STORE_URL names it; the service goes on by itself once it answers.',
      },
      cause,
    );
  }
  return new StoreError(
    {
      code: 'store.failed',
      reaction: 'halt',
      message: `the store at ${where} failed: ${message}`,
      hint: 'See the cause in the log.',
    },
    cause,
  );
}
