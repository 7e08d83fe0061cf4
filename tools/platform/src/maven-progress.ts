/** Reads from Maven's console output what is being transferred at the moment, as a short text for a progress line. */

const progress = /Progress \(\d+\): ([^\r\n]+?)\s*(?=[\r\n]|$)/g;
const downloaded = /Downloaded from \S+: \S*\/(\S+) \(([^)]+)\)/g;

/** The latest news in a piece of output; undefined when it holds none. */
export function latestTransfer(chunk: string): string | undefined {
  const running = [...chunk.matchAll(progress)].at(-1);
  const finished = [...chunk.matchAll(downloaded)].at(-1);
  if (running !== undefined && running.index > (finished?.index ?? -1)) return running[1];
  return finished === undefined ? undefined : `${finished[1]} (${finished[2]?.replace(/ at .*/, '')})`;
}
