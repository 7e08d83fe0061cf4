/**
 * Several statements in one round trip. They are sent without waiting for each other's result, so only statements that do not
 * depend on one another's answers may share one. Within a transaction a failed statement makes the server refuse all later
 * ones, so nothing is executed behind a failure, a COMMIT neither.
 */
import { PreparedNames } from '@concord/connector-kit';
import type pg from 'pg';

export type Statement = { readonly text: string; readonly name?: string; readonly values?: unknown[] };

export type PipelinedResults = {
  readonly results: readonly (pg.QueryResult | undefined)[];
  /** The first failure; the later ones only follow from it. */
  readonly failure: { readonly index: number; readonly error: unknown } | null;
};

export async function pipelined(client: pg.ClientBase, statements: readonly Statement[]): Promise<PipelinedResults> {
  const settled = await Promise.allSettled(statements.map((statement) => client.query(renewed(statement))));
  const index = settled.findIndex(({ status }) => status === 'rejected');
  return {
    results: settled.map((one) => (one.status === 'fulfilled' ? one.value : undefined)),
    failure: index < 0 ? null : { index, error: (settled[index] as PromiseRejectedResult).reason },
  };
}

const names = new PreparedNames();

function renewed({ name, ...statement }: Statement): pg.QueryConfig {
  return name === undefined ? statement : { ...statement, name: names.of(name) };
}

/** The same where no failure is foreseen: throws the first one. */
export async function allOf(client: pg.ClientBase, statements: readonly Statement[]): Promise<pg.QueryResult[]> {
  const { results, failure } = await pipelined(client, statements);
  if (failure !== null) throw failure.error;
  return results as pg.QueryResult[];
}
