/**
 * Progress as the parts report it and as a person sees it. Parts only tell facts (`step`, whether it is done, a detail such
 * as "12/109 MB"); how they are drawn is decided here. On a terminal a running step rewrites its own line; elsewhere (a
 * log, CI) a step prints when it starts and when it ends, and its details every few seconds.
 */
import { cyan, dim, green } from './colours.ts';

export type Progress = { step: string; state: 'running' | 'done'; detail?: string };
export type ProgressListener = (progress: Progress) => void;

const detailEveryMs = 5_000;
const columnsWhenUnknown = 80;

export function consoleProgress(out: NodeJS.WriteStream = process.stdout, now = Date.now): ProgressListener {
  const running = new Map<string, number>();
  const clearLine = () => (out.isTTY ? out.write('\r\u001b[2K') : true);
  return ({ step, state, detail = '' }) => {
    if (state === 'done') {
      running.delete(step);
      clearLine();
      out.write(`${green('✔')} ${step} ${dim(detail)}\n`);
      return;
    }
    if (out.isTTY) {
      clearLine();
      // A line that wraps could not be rewritten.
      out.write(`${cyan('…')} ${`${step} ${detail}`.slice(0, (out.columns || columnsWhenUnknown) - 3)}`);
      return;
    }
    const last = running.get(step);
    if (last !== undefined && now() - last < detailEveryMs) return;
    running.set(step, now());
    out.write(`… ${step} ${detail}\n`);
  };
}
