/**
 * The partition of a key as every Kafka client computes it by default: murmur2 over the key's bytes, modulo the number
 * of partitions. Written with 32-bit arithmetic because it runs once per message sent.
 */
export function partitionOf(key: string, partitionCount: number): number {
  return (murmur2(Buffer.from(key, 'utf8')) & 0x7fffffff) % partitionCount;
}

const seed = 0x9747b28c;
const multiplier = 0x5bd1e995;

export function murmur2(data: Uint8Array): number {
  const { length } = data;
  const tailStart = length & ~3;
  let hash = seed ^ length;
  for (let index = 0; index < tailStart; index += 4) {
    const word = data[index]! | (data[index + 1]! << 8) | (data[index + 2]! << 16) | (data[index + 3]! << 24);
    let mixed = Math.imul(word, multiplier);
    mixed ^= mixed >>> 24;
    hash = Math.imul(hash, multiplier) ^ Math.imul(mixed, multiplier);
  }
  const tailLength = length - tailStart;
  if (tailLength > 2) hash ^= data[tailStart + 2]! << 16;
  if (tailLength > 1) hash ^= data[tailStart + 1]! << 8;
  if (tailLength > 0) hash = Math.imul(hash ^ data[tailStart]!, multiplier);
  hash = Math.imul(hash ^ (hash >>> 13), multiplier);
  return hash ^ (hash >>> 15);
}
