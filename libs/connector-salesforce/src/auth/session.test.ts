import { generateKeyPairSync, verify } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { connectionDefaults, type SalesforceConnection } from '../connection.ts';
import { FakeTiming } from '../testing/timing.ts';
import { OAuthSessions } from './session.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PEM = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const SECRET = 'very-secret-consumer-secret';
const granted = {
  access_token: 'token-1',
  instance_url: 'https://acme.my.salesforce.com',
  id: 'https://login.salesforce.com/id/00D000000000001EAA/005000000000001AAA',
};

let server: Server | undefined;
afterEach(() => server?.close());

async function setup(answers: { status: number; body: unknown }[], grant?: SalesforceConnection['grant']) {
  const forms: URLSearchParams[] = [];
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      forms.push(new URLSearchParams(text));
      const { status, body } = answers.shift() ?? { status: 500, body: {} };
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const loginUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const connection: SalesforceConnection = {
    ...connectionDefaults,
    loginUrl,
    grant: grant ?? { kind: 'client_credentials', clientId: 'consumer', clientSecret: SECRET },
  };
  return { forms, loginUrl, sessions: new OAuthSessions(connection, new FakeTiming()) };
}

describe('sessions', () => {
  it('by JWT bearer are asked for with a short-lived, signed assertion', async () => {
    const grant = { kind: 'jwt_bearer', clientId: 'consumer', username: 'sync@acme.example', privateKey: PEM } as const;
    const { forms, loginUrl, sessions } = await setup([{ status: 200, body: granted }], grant);
    expect(await sessions.current()).toEqual({
      accessToken: 'token-1',
      instanceUrl: 'https://acme.my.salesforce.com',
      organizationId: '00D000000000001EAA',
    });
    const [header, payload, signature] = (forms[0]?.get('assertion') ?? '').split('.') as [string, string, string];
    expect(forms[0]?.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({ alg: 'RS256' });
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toEqual({
      iss: 'consumer',
      sub: 'sync@acme.example',
      aud: loginUrl,
      exp: new FakeTiming().now() / 1000 + 180,
    });
    const signed = Buffer.from(`${header}.${payload}`);
    expect(verify('RSA-SHA256', signed, publicKey, Buffer.from(signature, 'base64url'))).toBe(true);
  });

  it('by client credentials', async () => {
    const { forms, sessions } = await setup([{ status: 200, body: granted }]);
    await sessions.current();
    expect(Object.fromEntries(forms[0] ?? [])).toEqual({
      grant_type: 'client_credentials',
      client_id: 'consumer',
      client_secret: SECRET,
    });
  });

  it('are minted once for all who ask at the same moment', async () => {
    const second = { ...granted, access_token: 'token-2' };
    const { forms, sessions } = await setup([
      { status: 200, body: granted },
      { status: 200, body: second },
    ]);
    const [first, same] = await Promise.all([sessions.current(), sessions.current()]);
    expect(same).toBe(first);
    const renewed = await Promise.all([sessions.renew(first), sessions.renew(first)]);
    expect(renewed.map(({ accessToken }) => accessToken)).toEqual(['token-2', 'token-2']);
    expect((await sessions.renew(first)).accessToken).toBe('token-2');
    expect(forms).toHaveLength(2);
  });

  it.each([
    [{ error: 'invalid_grant', error_description: 'audience is invalid' }, 'Set the audience'],
    [{ error: 'invalid_grant', error_description: "user hasn't approved this consumer" }, 'Pre-authorise'],
    [{ error: 'invalid_grant', error_description: 'expired authorization code' }, 'Check the clock'],
    [{ error: 'invalid_client', error_description: 'invalid client credentials' }, 'client secret'],
    [{ error: 'something_else' }, 'Check client id'],
  ])('refused with %j say the remedy and no secret', async (body, remedy) => {
    const { sessions } = await setup([{ status: 400, body }]);
    const error = await sessions.current().catch((caught: unknown) => caught as Error & { hint: string });
    expect(error).toMatchObject({ code: 'salesforce.auth', reaction: 'halt', hint: expect.stringContaining(remedy) });
    expect(JSON.stringify({ ...(error as object), message: (error as Error).message })).not.toContain(SECRET);
  });

  it('with an unreadable key say so without showing it', async () => {
    const grant = { kind: 'jwt_bearer', clientId: 'consumer', username: 'u', privateKey: 'not-a-key' } as const;
    const { sessions } = await setup([], grant);
    const error = await sessions.current().catch((caught: unknown) => caught as Error);
    expect(error).toMatchObject({
      code: 'salesforce.auth',
      message: 'the private key for client consumer cannot be read',
    });
    expect((error as Error).cause).toBeUndefined();
  });

  it('are asked for again after a failure', async () => {
    const { sessions } = await setup([
      { status: 503, body: {} },
      { status: 200, body: granted },
    ]);
    await expect(sessions.current()).rejects.toMatchObject({ code: 'salesforce.unreachable', reaction: 'retry' });
    expect((await sessions.current()).accessToken).toBe('token-1');
  });

  it('name the host that cannot be reached', async () => {
    const { loginUrl, sessions } = await setup([]);
    await new Promise((resolve) => server?.close(resolve));
    const { host } = new URL(loginUrl);
    await expect(sessions.current()).rejects.toMatchObject({
      message: expect.stringContaining(host),
      reaction: 'retry',
    });
  });
});
