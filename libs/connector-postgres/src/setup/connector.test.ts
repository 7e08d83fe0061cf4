import { describe, expect, test } from 'vitest';
import { failureOf, isRunning, renderConnector } from './connector.ts';

describe('the connector', () => {
  test('is rendered whole, with names that are patterns escaped', () => {
    const tls = { mode: 'verify-full', authority: null } as const;
    const target = { host: 'db', port: 5432, database: 'Shop-1', user: 'concord', tls };
    const config = renderConnector({
      system: 'pg',
      target,
      password: '${file:/secrets:pg}',
      objects: ['public.a+b', 'public.c,d'],
      registryUrl: 'http://me:p%40ss@r:1/apis/ccompat/v7/',
    });
    expect(Object.values(config).join(' ')).not.toMatch(/\$\{[A-Z_]+\}/);
    expect(config).toMatchObject({
      'database.password': '${file:/secrets:pg}',
      'database.sslmode': 'verify-full',
      'slot.name': 'concord_pg_shop_1',
      'publication.name': 'concord_pg',
      'table.include.list': String.raw`public\.a\+b,public\.c\x2Cd,concord\.debezium_signal`,
      'value.converter.concord.registry.url': 'http://r:1/apis/ccompat/v7',
      'value.converter.concord.registry.user': 'me',
      'value.converter.concord.registry.password': 'p@ss',
      'unavailable.value.placeholder': '__concord_unavailable_value',
    });
  });

  test('that failed tells its innermost cause', () => {
    const trace =
      'org.x.ConnectException: outer\n\tat a\nCaused by: org.y.PSQLException: FATAL: password authentication failed\n\tat b';
    expect(failureOf({ connector: { state: 'RUNNING' }, tasks: [{ state: 'FAILED', trace }] })).toBe(
      'org.y.PSQLException: FATAL: password authentication failed',
    );
    expect(failureOf({ connector: { state: 'RUNNING' }, tasks: [{ state: 'RUNNING' }] })).toBeNull();
    expect(isRunning({ connector: { state: 'RUNNING' }, tasks: [] })).toBe(false);
  });
});
