/**
 * The messages of one commit, kept in the store until the next commit replaces them. A crash between commit and publish
 * makes the next owner publish them again, in the same order with the same sequences, so that consumers can tell.
 */
import { deserialize, serialize } from 'node:v8';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { OutgoingMessage } from '@concord/kafka';

/** A record, its command and the audit hold the same values: compressed, a sixth is left for the store to write. */
const FASTEST = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
/** With it begins what earlier versions stored without compression. */
const V8_HEADER = 0xff;

export function encodeOutbox(messages: readonly OutgoingMessage[]): Buffer {
  return messages.length === 0 ? Buffer.alloc(0) : zstdCompressSync(serialize(messages), FASTEST);
}

export function decodeOutbox(bytes: Buffer): OutgoingMessage[] {
  if (bytes.length === 0) return [];
  const serialized = bytes[0] === V8_HEADER ? bytes : zstdDecompressSync(bytes);
  return (deserialize(serialized) as OutgoingMessage[]).map(asBuffers);
}

/** V8 gives typed arrays back; the client wants Buffers. */
function asBuffers(message: OutgoingMessage): OutgoingMessage {
  const { value } = message;
  return value === null
    ? message
    : { ...message, value: Buffer.from(value.buffer, value.byteOffset, value.byteLength) };
}
