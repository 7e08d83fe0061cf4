/** The stamp that every command leaves in the record: `<stream>:<sequence>`, where a stream is `<entity>.<partition>`. */
export type Stamp = { readonly stream: string; readonly sequence: number };

export function stampText({ stream, sequence }: Stamp): string {
  return `${stream}:${sequence}`;
}

function parseStamp(text: unknown): Stamp | null {
  const found = typeof text === 'string' ? /^(.+\.\d+):(\d{1,16})$/.exec(text) : null;
  if (found === null) return null;
  const sequence = Number(found[2]);
  return Number.isSafeInteger(sequence) ? { stream: found[1] as string, sequence } : null;
}

function entityOf({ stream }: Stamp): string {
  return stream.slice(0, stream.lastIndexOf('.'));
}

/** The command's sequence when the stamp was written for this entity. */
export function echoFor(entity: string, stamp: unknown): number | null {
  const parsed = parseStamp(stamp);
  return parsed !== null && entityOf(parsed) === entity ? parsed.sequence : null;
}
