/**
 * Asks a broker for its API versions, the one request that needs no client library: a length, then api key 18, version 0, a
 * correlation id and no client id. The broker answers it only once it takes requests; an open port alone says nothing.
 */
import { connect } from 'node:net';

const request = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff]);
const correlationIdAt = 4;
const errorCodeAt = 8;
const answerBytesMin = 10;

export function isKafkaReady(host: string, port: number, timeoutMs = 2_000): Promise<boolean> {
  return new Promise((resolve) => {
    let answer = Buffer.alloc(0);
    const socket = connect({ host, port }, () => socket.write(request));
    const finish = (isReady: boolean) => {
      socket.destroy();
      resolve(isReady);
    };
    socket.setTimeout(timeoutMs, () => finish(false));
    socket.on('error', () => finish(false));
    socket.on('close', () => finish(false));
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length < answerBytesMin) return;
      finish(answer.readInt32BE(correlationIdAt) === 1 && answer.readInt16BE(errorCodeAt) === 0);
    });
  });
}
