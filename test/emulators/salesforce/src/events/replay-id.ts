// Replay ids on the wire: an eight-byte big-endian counter and two zero bytes.

export function toReplayId(counter: number): Buffer {
  const bytes = Buffer.alloc(10);
  bytes.writeBigUInt64BE(BigInt(counter));
  return bytes;
}

export function fromReplayId(bytes: Uint8Array): number | undefined {
  if (bytes.length !== 10 || bytes[8] !== 0 || bytes[9] !== 0) return undefined;
  const counter = Buffer.from(bytes).readBigUInt64BE();
  return counter > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : Number(counter);
}
