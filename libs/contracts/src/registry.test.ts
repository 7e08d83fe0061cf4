import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, it } from 'vitest';
import { createSchemaRegistry } from './registry.ts';

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;
const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

async function serve(handler: Handler): Promise<{ url: string; requests: string[] }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      const body = await text(request);
      requests.push(`${request.method} ${request.url} ${body}`);
      handler(request, response, body);
    };
    void answer();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/apis/ccompat/v7/`, requests };
}

const schema = { type: 'record', name: 'R', fields: [] } as const;
const record = { ...schema, fields: [] };

it('registers once, asks once for an id, and sets the compatibility', async () => {
  const { url, requests } = await serve((request, response) =>
    response.end(request.method === 'GET' ? JSON.stringify({ schema: '{"type":"string"}' }) : '{"id":7}'),
  );
  const registry = createSchemaRegistry({ url });
  expect(await Promise.all([registry.register('t-value', record), registry.register('t-value', record)])).toEqual([
    7, 7,
  ]);
  expect(await Promise.all([registry.byId(7), registry.byId(7)])).toEqual([{ type: 'string' }, { type: 'string' }]);
  await registry.setCompatibility('t-value', 'FULL_TRANSITIVE');
  expect(requests).toEqual([
    `POST /apis/ccompat/v7/subjects/t-value/versions {"schemaType":"AVRO","schema":${JSON.stringify(JSON.stringify(schema))}}`,
    'GET /apis/ccompat/v7/schemas/ids/7 ',
    'PUT /apis/ccompat/v7/config/t-value {"compatibility":"FULL_TRANSITIVE"}',
  ]);
});

it('goes on after passing failures', async () => {
  let failures = 2;
  const { url } = await serve((_request, response) => {
    if (failures > 0) response.statusCode = 503;
    failures -= 1;
    response.end('{"id":7}');
  });
  expect(await createSchemaRegistry({ url, retryDelayMs: 1 }).register('t-value', record)).toBe(7);
});

it('returns null for an id that is not there, and asks again next time', async () => {
  const { url, requests } = await serve((_request, response) => {
    response.statusCode = 404;
    response.end('{}');
  });
  const registry = createSchemaRegistry({ url });
  expect(await registry.byId(9)).toBeNull();
  expect(await registry.byId(9)).toBeNull();
  expect(requests).toHaveLength(2);
});

it('says what an incompatible schema means', async () => {
  const { url } = await serve((_request, response) => {
    response.statusCode = 409;
    response.end('{"error_code":409}');
  });
  await expect(createSchemaRegistry({ url }).register('t-value', record)).rejects.toMatchObject({
    code: 'registry.incompatible',
    reaction: 'halt',
  });
});

it('names the URL, without its password, when nobody answers', async () => {
  const registry = createSchemaRegistry({ url: 'http://user:hidden@127.0.0.1:1/x', attemptsMax: 2, retryDelayMs: 1 });
  const failure = registry.byId(1);
  await expect(failure).rejects.toMatchObject({ code: 'registry.unreachable', reaction: 'retry' });
  await expect(failure).rejects.toThrow('http://127.0.0.1:1/x did not answer in 2 attempts');
  await expect(failure).rejects.not.toThrow(/hidden/);
});
