import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Session, Sessions } from '../auth/session.ts';
import { SalesforceHttp, type ApiUsage } from './http.ts';
import { SalesforceRest } from './rest-client.ts';

let server: Server | undefined;
let http: SalesforceHttp | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  await http?.close();
});

async function setup(answer: (request: IncomingMessage, response: ServerResponse) => void, callTimeoutMsMax = 5000) {
  const requests: IncomingMessage[] = [];
  const usages: ApiUsage[] = [];
  let renewals = 0;
  server = createServer((request, response) => {
    requests.push(request);
    request.resume();
    answer(request, response);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const instanceUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const session = (): Session => ({ accessToken: `token-${renewals}`, instanceUrl, organizationId: '00D' });
  const sessions: Sessions = {
    current: async () => session(),
    renew: async () => {
      renewals += 1;
      return session();
    },
  };
  http = new SalesforceHttp(sessions, { apiVersion: '67.0', callTimeoutMsMax, onUsage: (usage) => usages.push(usage) });
  return { requests, usages, rest: new SalesforceRest(http), instanceUrl };
}

const json = (response: ServerResponse, status: number, body: unknown, headers = {}) =>
  response.writeHead(status, headers).end(JSON.stringify(body));

describe('calls', () => {
  it('carry session, client name and no assignment rules, and note the API usage', async () => {
    const { requests, usages, rest } = await setup((_, response) =>
      json(response, 200, { records: [{ Id: '1' }] }, { 'Sforce-Limit-Info': 'api-usage=18/15000' }),
    );
    expect((await rest.query("SELECT Id FROM Account WHERE Name = 'Ä&B'")).rows).toEqual([{ Id: '1' }]);
    expect(decodeURIComponent(requests[0]?.url ?? '')).toBe(
      "/services/data/v67.0/query?q=SELECT Id FROM Account WHERE Name = 'Ä&B'",
    );
    expect(requests[0]?.url).toContain('%26B');
    expect(requests[0]?.headers).toMatchObject({
      authorization: 'Bearer token-0',
      'sforce-call-options': 'client=concord',
      'sforce-auto-assign': 'FALSE',
    });
    expect(usages).toEqual([{ used: 18, max: 15000 }]);
  });

  it('follow pages, and are as of the first one', async () => {
    const { rest } = await setup((request, response) => {
      const isFirst = request.url?.includes('query?') === true;
      const body = isFirst
        ? { records: [{ Id: '1' }], nextRecordsUrl: '/services/data/v67.0/query/01g-2000' }
        : { records: [{ Id: '2' }] };
      json(response, 200, body, { date: isFirst ? 'Fri, 01 May 2026 10:00:05 GMT' : 'Fri, 01 May 2026 10:00:59 GMT' });
    });
    const { rows, asOf } = await rest.query('SELECT Id FROM Account');
    expect(rows).toEqual([{ Id: '1' }, { Id: '2' }]);
    expect(asOf).toBeLessThan(Date.parse('2026-05-01T10:00:05Z'));
    expect(asOf).toBeGreaterThan(Date.parse('2026-05-01T10:00:04Z'));
  });

  it('renew a refused session and repeat once', async () => {
    const { requests, rest } = await setup((request, response) =>
      request.headers.authorization === 'Bearer token-0'
        ? json(response, 401, [{ errorCode: 'INVALID_SESSION_ID', message: 'Session expired or invalid' }])
        : json(response, 200, { records: [] }),
    );
    await rest.query('SELECT Id FROM Account');
    expect(requests).toHaveLength(2);
  });

  it('do not repeat for ever', async () => {
    const { requests, rest } = await setup((_, response) =>
      json(response, 401, [{ errorCode: 'INVALID_SESSION_ID', message: 'Session expired or invalid' }]),
    );
    await expect(rest.query('SELECT Id FROM Account')).rejects.toMatchObject({ code: 'salesforce.auth' });
    expect(requests).toHaveLength(2);
  });

  it('have a time limit', async () => {
    const { rest, instanceUrl } = await setup(() => undefined, 50);
    const { host } = new URL(instanceUrl);
    await expect(rest.query('SELECT Id FROM Account')).rejects.toMatchObject({
      code: 'salesforce.unreachable',
      message: expect.stringContaining(host),
    });
  });

  it('refuse an answer that is not of the documented shape', async () => {
    const { rest } = await setup((_, response) => json(response, 200, [{ success: true }]));
    const rows = [{ Name: 'A' }, { Name: 'B' }];
    await expect(rest.updateRows('Account', rows)).rejects.toMatchObject({ code: 'salesforce.malformed_answer' });
  });
});
