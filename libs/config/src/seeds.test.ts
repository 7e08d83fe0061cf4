/** The config snippets of the seed documents, loaded as they stand there. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadConfig } from './index.ts';

const seeds = fileURLToPath(new URL('../../../test/fixtures/seeds/', import.meta.url));
const snippets = readdirSync(seeds).filter((name) => name.endsWith('.json'));

describe('a snippet', () => {
  it.each(snippets)('%s is a valid part of a config', (name) => {
    const faults = loadConfig([`${seeds}${name}`], {}).faults.filter(({ code }) => code !== 'config.incomplete');
    expect(faults).toEqual([]);
  });
});

describe('SF_Postgres_Accounts', () => {
  const environment = {
    CONCORD_SYSTEM_SALESFORCE_CLIENT_ID: 'consumer-key',
    CONCORD_SYSTEM_SALESFORCE_CLIENT_SECRET: 'secret',
    CONCORD_SYSTEM_POSTGRES_USER: 'concord',
  };

  it('is whole once the environment says how to log in', () => {
    const { installation, faults } = loadConfig([`${seeds}sf-postgres-accounts`], environment);
    expect(faults).toEqual([]);
    const [sync] = installation.syncs;
    expect(sync).toMatchObject({ name: 'SF_Postgres_Accounts', entity: 'accounts', direction: 'bidirectional' });
    expect(sync?.fieldMappings.map(({ source, name }) => `${source} ${name}`)).toEqual([
      'Id sf_id',
      'Name account_name',
      'Industry industry_type',
      'AnnualRevenue annual_revenue',
      'LastModifiedDate last_modified',
    ]);
    expect(sync?.retry).toEqual({ attemptsMax: 3, backoffFactor: 2, initialDelayMs: 1000 });
    expect(installation.systems).toMatchObject({
      salesforce: { loginUrl: 'https://yourinstance.salesforce.com', grant: { kind: 'client_credentials' } },
      postgres: { host: 'your-postgres-host.example.com', port: 5432, database: 'customer_data' },
    });
  });

  it('says which of its keys have no effect yet', () => {
    const { notes } = loadConfig([`${seeds}sf-postgres-accounts`], environment);
    expect(notes.map(({ message }) => message.split('"')[1])).toEqual([
      'error_handling.notifications',
      'monitoring.dashboard_enabled',
      'monitoring.logging.level',
      'monitoring.metrics',
      'ongoing_sync.polling_interval_seconds',
    ]);
  });
});
