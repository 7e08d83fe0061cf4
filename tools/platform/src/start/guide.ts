/** What is printed at the end: how to reach everything. Passwords are not shown but said where they lie. */
import { join, relative } from 'node:path';
import { bold, cyan } from '../colours.ts';
import type { Platform } from '../types.ts';
import { storeDatabase, userDatabase } from './databases.ts';
import type { Emulator } from './emulator.ts';
import type { Services } from './services.ts';

export function describeAccess(platform: Platform, emulator: Emulator, services: Services): string {
  const { host, port, user } = platform.postgres;
  const passwordFile = relative(process.cwd(), join(platform.dataDir, 'secrets', 'postgres-password'));
  const psql = (database: string) =>
    `PGPASSWORD=$(cat ${passwordFile}) psql -h ${host} -p ${port} -U ${user} ${database}`;
  const rows: [string, string][] = [
    ['Postgres', psql(userDatabase)],
    ["Concord's store", psql(storeDatabase)],
    ['Salesforce', `${emulator.url}   (a page to edit records; REST below /services/data)`],
    [
      'Kafka',
      `${platform.kafka.brokers.join(',')}   (topics: cdc.*, changes.*, records.*, commands.*, outcomes, conflicts, audit)`,
    ],
    ['Schema registry', platform.registry.url],
    ['Kafka Connect', `${platform.connect.url}/connectors`],
    ...services.map(({ name, url }): [string, string] => [name, `${url}/readyz   ${url}/metrics`]),
    ['Logs', relative(process.cwd(), join(platform.dataDir, 'logs')) || '.'],
  ];
  return [bold('How to reach everything'), ...rows.map(([name, text]) => `  ${cyan(name.padEnd(18))}${text}`)].join(
    '\n',
  );
}
