/**
 * Goal: whoever gives Concord a wrong address, password or config is told what is wrong, where, and what to do, at once and
 * without a stack trace. Method: the real command line and services on a world that runs, each time with one thing wrong.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, runCli } from '@concord/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runService } from './run-service.ts';
import { closeWorld, openWorld, type World } from './world.ts';

let world: World;
/** Where nobody listens. */
let nobody: string;
beforeAll(async () => {
  world = await openWorld();
  nobody = `127.0.0.1:${await freePort()}`;
});
afterAll(closeWorld);

type Environment = Record<string, string>;
type Told = { readonly exitCode: number; readonly text: string };

async function concord(command: string, wrong: Environment): Promise<Told> {
  const { exitCode, stderr } = await runCli([command], { ...world.stack.env, ...wrong });
  expect(stderr).not.toMatch(/^\s+at /m);
  const { CONCORD_POSTGRES_PASSWORD: password = '', CONCORD_SALESFORCE_SECRET: secret = '' } = world.stack.env;
  for (const hidden of [password, secret, 'not-the-password']) expect(stderr).not.toContain(hidden);
  // Steps that went well, and notes, are not what this is about.
  return { exitCode, text: stderr.replaceAll(/^[✓·].*\n/gm, '').trim() };
}

describe('what cannot be reached', () => {
  type Case = { command: string; wrong: () => Environment; code: string; message: string; remedy: string };
  const cases: Record<string, Case> = {
    'the store': {
      command: 'status',
      wrong: () => ({ CONCORD_STORE_URL: `postgres://u:not-the-password@${nobody}/concord` }),
      code: 'store.unreachable',
      message: 'the store at ADDRESS/concord cannot be reached: connect ECONNREFUSED',
      remedy: 'CONCORD_STORE_URL',
    },
    Kafka: {
      command: 'plan',
      wrong: () => ({ CONCORD_KAFKA_BROKERS: nobody }),
      code: 'kafka.unreachable',
      message: 'no broker of ADDRESS can be reached',
      remedy: 'CONCORD_KAFKA_BROKERS',
    },
    'the registry': {
      command: 'apply',
      wrong: () => ({ CONCORD_REGISTRY_URL: `http://${nobody}` }),
      code: 'registry.unreachable',
      message: 'The schema registry at http://ADDRESS did not answer',
      remedy: 'CONCORD_REGISTRY_URL',
    },
    'Kafka Connect': {
      command: 'apply',
      wrong: () => ({ CONCORD_CONNECT_URL: `http://${nobody}` }),
      code: 'postgres.connect_unreachable',
      message: 'Kafka Connect at http://ADDRESS does not answer: connect ECONNREFUSED',
      remedy: 'CONCORD_CONNECT_URL',
    },
    Postgres: {
      command: 'plan',
      wrong: () => ({ CONCORD_SYSTEM_POSTGRES_PORT: nobody.split(':')[1] ?? '' }),
      code: 'sink.unreachable',
      message: 'the system "postgres": Postgres at ADDRESS/customer_data: connect ECONNREFUSED',
      remedy: 'host and port',
    },
    Salesforce: {
      command: 'plan',
      wrong: () => ({ CONCORD_SYSTEM_SALESFORCE_INSTANCE_URL: `http://${nobody}` }),
      code: 'salesforce.unreachable',
      message: 'the system "salesforce": no answer from ADDRESS',
      remedy: 'firewall',
    },
  };
  test.each(Object.entries(cases))('%s', async (_what, { command, wrong, code, message, remedy }) => {
    const { exitCode, text } = await concord(command, wrong());
    expect(exitCode).toBe(3);
    expect(text).toContain(message.replace('ADDRESS', nobody));
    expect(text).toMatch(new RegExp(`\\[${code.replace('.', '\\.')}\\]\n    .*${remedy}`));
  });

  test('both systems are told at once', async () => {
    const { text } = await concord('plan', {
      CONCORD_SYSTEM_POSTGRES_PORT: nobody.split(':')[1] ?? '',
      CONCORD_SYSTEM_SALESFORCE_INSTANCE_URL: `http://${nobody}`,
    });
    expect(text.match(/^✗ the system "\w+"/gm)?.toSorted()).toEqual([
      '✗ the system "postgres"',
      '✗ the system "salesforce"',
    ]);
  });

  test('what listens there is something else', async () => {
    const registry = await concord('apply', { CONCORD_REGISTRY_URL: world.platform.connect.url });
    expect(registry).toMatchObject({ exitCode: 3, text: expect.stringContaining('[registry.not_there]') as string });
    const connect = await concord('apply', { CONCORD_CONNECT_URL: world.platform.registry.url });
    expect(connect.text).toContain('there is no Kafka Connect at this address [postgres.connector_refused]');
    const org = await concord('plan', { CONCORD_SYSTEM_SALESFORCE_INSTANCE_URL: world.platform.connect.url });
    expect(org.text).toMatch(/has no Salesforce login .* \[salesforce\.auth\]\n {4}Check instance_url/);
  });
});

describe('wrong credentials', () => {
  const wrong = 'not-the-password';
  const storeOf = (change: (url: URL) => void): Environment => {
    const url = new URL(world.stack.storeUrl);
    change(url);
    return { CONCORD_STORE_URL: url.href };
  };
  type Case = [what: string, command: string, wrong: () => Environment, expected: RegExp];
  const cases: Case[] = [
    [
      'password of the store',
      'status',
      () => storeOf((url) => (url.password = wrong)),
      /refused the login: password authentication failed.*\[store\.auth\]\n {4}.*CONCORD_STORE_URL/,
    ],
    [
      'name of the store',
      'status',
      () => storeOf((url) => (url.pathname = '/nowhere')),
      /database "nowhere" does not exist \[store\.auth\]\n {4}.*CONCORD_STORE_URL/,
    ],
    [
      'password of Postgres',
      'plan',
      () => ({ CONCORD_POSTGRES_PASSWORD: wrong }),
      /the system "postgres": .*password authentication failed.*\[sink\.auth\]\n {4}Check user, password/,
    ],
    [
      'database of Postgres',
      'plan',
      () => ({ CONCORD_SYSTEM_POSTGRES_DATABASE: 'nowhere' }),
      /database "nowhere" does not exist \[sink\.auth\]/,
    ],
    [
      'TLS where there is none',
      'plan',
      () => ({ CONCORD_SYSTEM_POSTGRES_SSL: 'require' }),
      /does not support SSL.*\[sink\.auth\]\n {4}.*"ssl": "disable"/,
    ],
    [
      'client id of Salesforce',
      'plan',
      () => ({ CONCORD_SYSTEM_SALESFORCE_CLIENT_ID: 'nobody' }),
      /the system "salesforce": .*refused the login.*\[salesforce\.auth\]\n {4}Check the client id/,
    ],
    [
      'secret of Salesforce',
      'plan',
      () => ({ CONCORD_SALESFORCE_SECRET: wrong }),
      /the system "salesforce": .*refused the login.*\[salesforce\.auth\]\n {4}Check the client secret/,
    ],
    [
      'password for Kafka Connect',
      'apply',
      () => ({ CONCORD_CONNECT_PASSWORD_POSTGRES: wrong }),
      /Kafka Connect .*password authentication failed.*\[postgres\.connector_refused\]\n {4}The worker cannot log in/,
    ],
  ];
  test.each(cases)('%s', async (_what, command, environment, expected) => {
    const { exitCode, text } = await concord(command, environment());
    expect(text).toMatch(expected);
    expect(exitCode).toBe(3);
  });

  test('a secret that is not there is told by its name', async () => {
    const { exitCode, text } = await concord('plan', { CONCORD_POSTGRES_PASSWORD: '' });
    expect(text).toMatch(/systems\.json:\d+:\d+ {2}the environment variable CONCORD_POSTGRES_PASSWORD is not set/);
    expect(exitCode).toBe(1);
  });
});

describe('a wrong config', () => {
  const configOf = (name: string, sync: object): Environment => {
    const folder = join(world.stack.configFolder, name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'sync.json'), JSON.stringify(sync, null, 2));
    return { CONCORD_CONFIG: [folder, join(world.stack.configFolder, 'systems.json')].join(',') };
  };
  const sound = {
    connection_name: 'Sound',
    source: { type: 'salesforce', object: 'Account' },
    target: { type: 'postgres', table: 'accounts' },
    sync_type: 'bidirectional',
    field_mappings: [{ source: 'Name', target: 'account_name' }],
    conflict_resolution: 'last_write_wins',
  };

  test('five mistakes are told at once, each with place and remedy', async () => {
    const environment = configOf('five-mistakes', {
      ...sound,
      source: { type: 'salesfroce', object: 'Account' },
      target: { type: 'postgres', tabel: 'accounts' },
      sync_type: 'both_ways',
      field_mappings: [
        { source: 'Name', target: 'account_name' },
        { source: 'Industry', target: 'account_name' },
      ],
      conflict_resolution: 'last_writer_wins',
    });
    for (const command of ['validate', 'apply']) {
      const { exitCode, text } = await concord(command, environment);
      expect(exitCode).toBe(1);
      const faults = [...text.matchAll(/sync\.json:(\d+):\d+ {2}(.*)\n {4}(.*)/g)].map(([, ...parts]) => parts);
      expect(faults).toEqual([
        ['4', '"source.type" cannot be "salesfroce"', 'Did you mean "salesforce"?'],
        ['9', 'unknown key "tabel" in "target"', 'Did you mean "table"?'],
        ['11', '"sync_type" cannot be "both_ways"', 'Possible here: bidirectional, one_way.'],
        ['19', 'the target field "account_name" is mapped twice', 'Keep one of the mappings.'],
        ['22', '"conflict_resolution" cannot be "last_writer_wins"', 'Did you mean "last_write_wins"?'],
      ]);
      expect(text).toMatch(/\n5 faults$/);
    }
  });

  test('a table and an object that are not there are told at their places', async () => {
    const environment = configOf('absent', {
      ...sound,
      source: { type: 'salesforce', object: 'Acount' },
      target: { type: 'postgres', table: 'acounts' },
    });
    const { exitCode, text } = await concord('apply', environment);
    expect(text).toMatch(/sync\.json:3:\d+ {2}the object Acount is not in this org/);
    expect(text).toMatch(/sync\.json:7:\d+ {2}.* has no table "public\.acounts"\. Did you mean "public\.accounts"\?/);
    expect(exitCode).toBe(1);
  });

  test('a folder that is not there', async () => {
    const { exitCode, text } = await concord('validate', { CONCORD_CONFIG: join(world.stack.configFolder, 'nowhere') });
    expect(text).toMatch(/nowhere:1:1 {2}there is no such file or folder\n {4}.*CONCORD_CONFIG/);
    expect(exitCode).toBe(1);
  });
});

describe('a service', () => {
  test('without settings names all that is missing, and ends', async () => {
    const { exitCode, stdout } = await runService('resolver', { CONCORD_HTTP_PORT: '99999' });
    expect(exitCode).toBe(1);
    for (const name of ['CONFIG', 'STORE_URL', 'KAFKA_BROKERS', 'REGISTRY_URL', 'HTTP_PORT']) {
      expect(stdout).toContain(`CONCORD_${name} is not`);
    }
  });

  test.each(['resolver', 'writer', 'ingest-postgres', 'ingest-salesforce'])(
    '%s with a wrong password of the store says so, and ends for its supervisor to try again',
    async (name) => {
      const url = new URL(world.stack.storeUrl);
      url.password = 'not-the-password';
      const { exitCode, stdout } = await runService(name, { ...world.stack.env, CONCORD_STORE_URL: url.href });
      expect(exitCode).toBe(1);
      const { level, err } = JSON.parse(stdout.split('\n').find((line) => line.includes('"fatal"')) ?? '{}') as {
        level: string;
        err: Record<string, string>;
      };
      expect({ level, ...err }).toMatchObject({
        level: 'fatal',
        code: 'store.auth',
        hint: expect.stringContaining('CONCORD_STORE_URL') as string,
      });
      expect(stdout).not.toContain('not-the-password');
    },
  );
});
