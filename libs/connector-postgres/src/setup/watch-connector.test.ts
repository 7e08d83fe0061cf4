import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { ConnectClient } from './connect-client.ts';
import { ensureConnector } from './connector.ts';
import { watchConnector } from './watch-connector.ts';

/** A stand-in for Kafka Connect that plays its answers in order and notes what it was asked. */
async function scriptedConnect(answers: (readonly [status: number, body?: unknown])[]) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url?.replace('/connectors/concord-pg', '')}`);
    const [status, body] = answers.shift() ?? [500, { message: 'the script has ended' }];
    response.writeHead(status).end(body === undefined ? '' : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  close = () => server.close();
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

let close: () => void = () => undefined;
afterEach(() => close());

const running = { connector: { state: 'RUNNING' }, tasks: [{ state: 'RUNNING' }] };
const failed = { connector: { state: 'RUNNING' }, tasks: [{ state: 'FAILED', trace: 'X: slot "s" is gone\n\tat y' }] };

test('a failed connector is told of and started again until it runs', async () => {
  const { asked, url } = await scriptedConnect([[200, failed], [204], [200, failed], [204], [200, running]]);
  const stopping = new AbortController();
  const told: string[] = [];
  await watchConnector({
    connectUrl: url,
    system: 'pg',
    signal: stopping.signal,
    intervalMs: 1,
    onFailed: (error, attempt) => void told.push(`${attempt} ${error.code} ${error.message}`),
    // The script's end is the sign that it was asked again after it ran.
    onTrouble: () => stopping.abort(),
  });
  expect(told).toEqual([
    '1 postgres.connector_failed Connector concord-pg has failed: X: slot "s" is gone',
    '2 postgres.connector_failed Connector concord-pg has failed: X: slot "s" is gone',
  ]);
  const restart = 'POST /restart?includeTasks=true&onlyFailed=true';
  expect(asked).toEqual(['GET /status', restart, 'GET /status', restart, 'GET /status', 'GET /status']);
});

test('a new config waits out a rebalance and gives a failed task one chance', async () => {
  const script = [[404], [409], [201, {}], [200, failed], [204], [200, failed]] as const;
  const { asked, url } = await scriptedConnect([...script]);
  const put = ensureConnector(new ConnectClient(url), 'concord-pg', { 'database.password': 'hunter2' });
  await expect(put).rejects.toMatchObject({ code: 'postgres.connector_failed', reaction: 'halt' });
  expect(asked.slice(0, 4)).toEqual(['GET /config', 'PUT /config', 'PUT /config', 'GET /status']);
});

test('a refusal is told without the config', async () => {
  const { url } = await scriptedConnect([[404], [400, { message: 'Unknown class' }]]);
  const error = await ensureConnector(new ConnectClient(url), 'c', { 'database.password': 'hunter2' }).catch(String);
  expect(error).toContain('Unknown class');
  expect(error).not.toContain('hunter2');
});

test('a Connect that is not there is retried by whoever asked', async () => {
  await expect(new ConnectClient('http://127.0.0.1:1').status('c')).rejects.toMatchObject({
    code: 'postgres.connect_unreachable',
    reaction: 'retry',
  });
});
