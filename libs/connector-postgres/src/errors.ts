/** Every failure of a Postgres database leaves this library as a ConnectorError, made here. */
import { ConnectorError, type Reaction } from '@concord/connector-kit';
import { conditionOf, verdictOf } from './sql-states.ts';

/** What `pg` throws: a server's error with its SQLSTATE, or an error of the network with an errno. */
export type DatabaseFailure = {
  readonly code?: string;
  readonly message?: string;
  readonly schema?: string;
  readonly table?: string;
  readonly column?: string;
  readonly constraint?: string;
};

export function postgresError(
  code: string,
  reaction: Reaction,
  text: { readonly message: string; readonly hint: string },
  cause?: unknown,
): ConnectorError {
  return new ConnectorError({ code, reaction, ...text }, cause === undefined ? undefined : { cause });
}

/** `where` is host, port and database, never the password. Messages of errors about rows are left out: they quote values. */
export function toConnectorError(error: unknown, where: string): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const failure = (error ?? {}) as DatabaseFailure;
  const verdict = verdictOf(failure);
  const told = verdict.kind === 'row' ? describeFailure(failure) : (failure.message ?? String(error));
  const reaction = verdict.kind === 'row' ? 'halt' : verdict.reaction;
  return postgresError(
    verdict.code,
    reaction,
    { message: `Postgres at ${where}: ${told}`, hint: verdict.hint },
    verdict.kind === 'row' ? undefined : error,
  );
}

/** The condition and the names it concerns, without any value of the row. */
export function describeFailure({ code = '', message = '', table, column, constraint }: DatabaseFailure): string {
  const names = [
    // For a text that is too long the server names only the type.
    (code === '22001' && /\bcharacter(?: varying)?\(\d+\)/.exec(message)?.[0]) || '',
    constraint === undefined ? '' : `constraint ${constraint}`,
    column === undefined ? '' : `column ${column}`,
    table === undefined ? '' : `table ${table}`,
  ].filter((name) => name !== '');
  return `${conditionOf(code)} (${[code, ...names].join(', ')})`;
}
