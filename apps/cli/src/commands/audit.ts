/** `concord audit`: every decision, a line of JSON per record and commit, oldest first; to be searched or kept elsewhere. */
import { exitCodes } from '../output/failure.ts';
import type { Context } from './context.ts';

export async function audit(context: Context, { since }: { since: Date | undefined }): Promise<number> {
  return await context.withStore(async (store) => {
    for await (const entries of store.reports.audit(since)) context.output.lines(entries);
    return exitCodes.fine;
  });
}
