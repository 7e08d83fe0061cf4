/** Stands before the real registry, passes requests on, counts them, and can be away. For tests only. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type RegistryGate = {
  readonly url: string;
  /** Path and body of every request that was passed on. */
  readonly passed: readonly string[];
  /** How many were cut off. */
  readonly cutOff: () => number;
  isOpen: boolean;
  close(): Promise<void>;
};

export async function openRegistryGate(registryUrl: string): Promise<RegistryGate> {
  const passed: string[] = [];
  let cutOff = 0;
  const server = createServer((request, response) => void answer(request, response));
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!gate.isOpen) {
      cutOff += 1;
      request.socket.destroy();
      return;
    }
    const body = Buffer.concat(await request.toArray()).toString('utf8');
    passed.push(`${request.url} ${body}`);
    const passedOn = await fetch(`${registryUrl}${request.url}`, {
      method: request.method ?? 'GET',
      headers: { 'content-type': request.headers['content-type'] ?? '' },
      body,
    });
    response.writeHead(passedOn.status, { 'content-type': 'application/json' }).end(await passedOn.text());
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const gate: RegistryGate = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed,
    cutOff: () => cutOff,
    isOpen: true,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return gate;
}
