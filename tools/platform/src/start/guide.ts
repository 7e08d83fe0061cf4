/** What is printed at the end: how to reach everything. Passwords are not shown but said where they lie. */
import { join, relative } from 'node:path';
import { bold, cyan } from '../colours.ts';
import type { Stack } from '../stack.ts';
import type { Platform } from '../types.ts';

export function describeAccess(stack: Stack, environmentFile: string): string {
  const { platform, emulator, services, databaseUrl, storeUrl } = stack;
  const rows: [string, string][] = [
    ['Postgres', psql(platform, databaseUrl)],
    ["Concord's store", psql(platform, storeUrl)],
    ['Salesforce', `${emulator.http}   (a page to edit records; REST below /services/data)`],
    [
      'Kafka',
      `${platform.kafka.brokers.join(',')}   (topics: cdc.*, changes.*, records.*, commands.*, outcomes, conflicts, audit)`,
    ],
    ['Schema registry', platform.registry.url],
    ['Kafka Connect', `${platform.connect.url}/connectors`],
    ...Object.entries(services).map(([name, { url }]): [string, string] => [name, `${url}/readyz   ${url}/metrics`]),
    ['Command line', `. ${environmentFile}; npm run concord -- status   (also: trace <entity> <id>, conflicts, plan)`],
    ['Logs', relative(process.cwd(), join(platform.dataDir, 'logs')) || '.'],
  ];
  return [bold('How to reach everything'), ...rows.map(([name, text]) => `  ${cyan(name.padEnd(18))}${text}`)].join(
    '\n',
  );
}

function psql({ dataDir, postgres: { host, port, user } }: Platform, url: string): string {
  const passwordFile = relative(process.cwd(), join(dataDir, 'secrets', 'postgres-password'));
  return `PGPASSWORD=$(cat ${passwordFile}) psql -h ${host} -p ${port} -U ${user} ${new URL(url).pathname.slice(1)}`;
}
