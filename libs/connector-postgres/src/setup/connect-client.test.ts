import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { ConnectClient } from './connect-client.ts';

let server: Server | undefined;
afterEach(() => void server?.close());

async function answering(status: number, message: string): Promise<ConnectClient> {
  server = createServer((_, response) =>
    response.writeHead(status).end(JSON.stringify({ error_code: status, message })),
  );
  await new Promise<void>((listening) => server?.listen(0, '127.0.0.1', listening));
  return new ConnectClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

test('nobody there: the address, the reason and the variable are named', async () => {
  await expect(new ConnectClient('http://127.0.0.1:1').put('c', {})).rejects.toMatchObject({
    code: 'postgres.connect_unreachable',
    message: expect.stringMatching(/^Kafka Connect at http:\/\/127\.0\.0\.1:1 does not answer: .+/),
    hint: expect.stringContaining('CONCORD_CONNECT_URL'),
  });
});

test('somebody else at that address is told, and not waited for', async () => {
  const connect = await answering(404, 'no such path');
  await expect(connect.put('c', {})).rejects.toMatchObject({
    code: 'postgres.connector_refused',
    message: expect.stringContaining('there is no Kafka Connect at this address'),
    hint: expect.stringContaining('CONCORD_CONNECT_URL'),
  });
});

test.each([
  ['FATAL: password authentication failed for user "u"', /cannot log in to the database/],
  ['Failed to find any class that implements Connector', /plugin path/],
])('refused with %j: the hint fits', async (message, hint) => {
  const connect = await answering(400, message);
  await expect(connect.put('c', { 'database.password': 'secret' })).rejects.toMatchObject({
    message: expect.not.stringContaining('secret'),
    hint: expect.stringMatching(hint),
  });
});
