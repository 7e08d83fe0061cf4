/**
 * The stamp that every command leaves in the record: `<stream>:<sequence>`, where a stream is `<entity>.<partition>`. Where
 * the first call may still be on its way, the repeated one adds `/<mark>`, so that the late one writes another stamp and
 * the guard judges it.
 */
export type Stamp = { readonly stream: string; readonly sequence: number };

export function stampText({ stream, sequence }: Stamp): string {
  return `${stream}:${sequence}`;
}

function parseStamp(text: unknown): Stamp | null {
  const found = typeof text === 'string' ? /^(.+\.\d+):(\d{1,16})(?:\/\w+)?$/.exec(text) : null;
  if (found === null) return null;
  const sequence = Number(found[2]);
  return Number.isSafeInteger(sequence) ? { stream: found[1] as string, sequence } : null;
}

/** Whether the text is the stamp of just this command, first or repeated. */
export function isStampOf({ stream, sequence }: Stamp, text: unknown): boolean {
  const parsed = parseStamp(text);
  return parsed?.stream === stream && parsed.sequence === sequence;
}

function entityOf({ stream }: Stamp): string {
  return stream.slice(0, stream.lastIndexOf('.'));
}

/** The command's sequence when the stamp was written for this entity. */
export function echoFor(entity: string, stamp: unknown): number | null {
  const parsed = parseStamp(stamp);
  return parsed !== null && entityOf(parsed) === entity ? parsed.sequence : null;
}
