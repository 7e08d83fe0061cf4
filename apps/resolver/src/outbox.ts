/**
 * The messages of one commit, kept in the store until the next commit replaces them. A crash between commit and publish
 * makes the next owner publish them again, in the same order with the same sequences, so that consumers can tell.
 */
import { deserialize, serialize } from 'node:v8';
import type { OutgoingMessage } from '@concord/kafka';

export function encodeOutbox(messages: readonly OutgoingMessage[]): Buffer {
  return messages.length === 0 ? Buffer.alloc(0) : serialize(messages);
}

export function decodeOutbox(bytes: Buffer): OutgoingMessage[] {
  return bytes.length === 0 ? [] : (deserialize(bytes) as OutgoingMessage[]).map(asBuffers);
}

/** V8 gives typed arrays back; the client wants Buffers. */
function asBuffers(message: OutgoingMessage): OutgoingMessage {
  const { value } = message;
  return value === null
    ? message
    : { ...message, value: Buffer.from(value.buffer, value.byteOffset, value.byteLength) };
}
