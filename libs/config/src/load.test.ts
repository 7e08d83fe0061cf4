import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { ConfigError, formatFaults, loadConfig, loadInstallation, type LoadedConfig } from './index.ts';

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true })));

/** Writes the files to a folder of their own and loads it. */
function load(
  files: Record<string, unknown>,
  environment: Record<string, string> = {},
): LoadedConfig & { text: string } {
  const folder = mkdtempSync(join(tmpdir(), 'concord-config-'));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  }
  const loaded = loadConfig([folder], environment);
  return { ...loaded, text: formatFaults(loaded.faults).replaceAll(`${folder}/`, '') };
}

const SYSTEMS = {
  systems: {
    salesforce: {
      role: 'crm',
      instance_url: 'https://example.my.salesforce.com',
      client_id: 'consumer-key',
      username: 'integration@example.com',
      private_key: 'env:SALESFORCE_KEY',
    },
    postgres: { role: 'erp', host: 'localhost', database: 'erp', user: 'concord', password: 'env:ERP_PASSWORD' },
  },
};
const SYNC = {
  connection_name: 'Accounts',
  source: { type: 'salesforce', object: 'Account' },
  target: { type: 'postgres', table: 'accounts' },
  sync_type: 'bidirectional',
  field_mappings: [
    { source: 'Id', target: 'sf_id' },
    { source: 'Name', target: 'account_name' },
    { source: 'Phone', target: 'phone' },
  ],
};

describe('a config', () => {
  it('comes out whole, with defaults filled in', () => {
    const { installation, faults } = load({ 'systems.json': SYSTEMS, 'accounts.json': SYNC });
    expect(faults).toEqual([]);
    expect(installation.systems['postgres']).toMatchObject({ port: 5432, schema: 'public', tls: { mode: 'disable' } });
    expect(installation.systems['salesforce']).toMatchObject({ loginUrl: 'https://login.salesforce.com' });
    expect(installation.syncs[0]).toMatchObject({
      name: 'Accounts',
      entity: 'accounts',
      direction: 'bidirectional',
      target: { system: 'postgres', object: 'public.accounts' },
      conflict: { policy: { kind: 'last_write_wins' }, fields: {}, deletePolicy: 'delete_wins' },
      retry: { attemptsMax: 5, backoffFactor: 2, initialDelayMs: 1000 },
    });
  });

  it('may be YAML', () => {
    const yaml = `connection_name: Accounts
source: {type: salesforce, object: Account}
target:
  type: postgres
  table: accounts
sync_type: one_way
field_mappings:
  - {source: Id, target: sf_id}
`;
    const { installation, faults } = load({ 'systems.json': SYSTEMS, 'accounts.yaml': yaml });
    expect(faults).toEqual([]);
    expect(installation.syncs[0]?.direction).toBe('source_to_target');
  });

  it('shows all of its mistakes at once, each with its place and remedy', () => {
    const { text } = load({
      'systems.json': `{
  "systems": {
    "salesforce": {
      "instance_url": "https://example.my.salesforce.com",
      "client_id": "consumer-key",
      "username": "integration@example.com",
      "private_key": "file:key.pem"
    },
    "postgres": {
      "host": "localhost", "port": "54x2", "database": "erp", "user": "concord",
      "password": "hunter2"
    }
  }
}`,
      'accounts.json': `{
  "connection_name": "Accounts",
  "source": {"type": "salesforce", "object": "Account"},
  "target": {"type": "postgres", "table": "accounts"},
  "sync_type": "bidirektional",
  "feild_mappings": [{"source": "Id", "target": "sf_id"}],
  "conflict_resolution": {
    "strategy": "field_level_priority",
    "field_rules": [{"field": "phone", "priority_sytem": "crm"}]
  }
}`,
      'truncated.json': '{"connection_name": "Accounts",\n "loop_prevention": {"enabled": true}',
    });
    expect(text).toMatchInlineSnapshot(`
      "accounts.json:5:3  "sync_type" cannot be "bidirektional"
          Did you mean "bidirectional"?
      accounts.json:6:3  unknown key "feild_mappings"
          Did you mean "field_mappings"?
      accounts.json:9:21  this rule does not say how edits are answered
          Add "priority_system", or "strategy" with what it needs.
      accounts.json:9:40  unknown key "priority_sytem" in "conflict_resolution.field_rules[0]"
          Did you mean "priority_system"?
      systems.json:10:28  "systems.postgres.port" must be a number or a reference such as "env:NAME" or "file:PATH"
          Correct the value.
      systems.json:11:7  "systems.postgres.password" holds the secret itself
          Write a reference instead, "env:PASSWORD" or "file:path", and change the secret: it was in a file.
      truncated.json:2:38  not valid JSON: expected ',' or '}' after property value
          Look at this place and just before it: a comma, quote or bracket is missing or one too many."
    `);
    expect(text).not.toContain('hunter2');
  });

  it('survives what is missing deep inside', () => {
    const rule = { field: 'phone', rule: 'regex', on_error: 'warn' };
    const { text } = load({
      'systems.json': { systems: { postgres: [], salesforce: { type: 'mysql' } } },
      'a.json': { ...SYNC, validation_rules: [rule, { ...rule, pattern: '(' }, null], target: 'accounts' },
    });
    expect(text).toMatchInlineSnapshot(`
      "a.json:4:5  there is no system "salesforce"
          Describe it under "systems".
      a.json:7:3  "target" must be an object { … }
          Correct the value.
      a.json:24:5  "validation_rules[0].pattern" is needed by the rule "regex"
          Correct the value.
      a.json:33:7  "validation_rules[1].pattern" is not a regular expression: Invalid regular expression: /(/u: Unterminated group
          Correct the value.
      a.json:35:5  "validation_rules[2]" must be an object { … }
          Correct the value.
      systems.json:3:5  "systems.postgres" must be an object { … }
          Correct the value.
      systems.json:5:7  "systems.salesforce.type" cannot be "mysql"
          Possible here: postgres, salesforce, netsuite, zendesk."
    `);
  });

  it('is joined from files that may not contradict each other', () => {
    const { text } = load({
      'systems.json': SYSTEMS,
      'a.json': { ...SYNC, conflict_resolution: 'last_write_wins' },
      'b.json': { sync_settings: { sync_type: 'one_way', conflict_resolution: { strategy: 'last_write_wins' } } },
    });
    expect(text).toMatchInlineSnapshot(`
      "b.json:3:5  "sync_type" is given here and at a.json:11:3 with different values
          Keep one of the two; if they belong to two syncs, give each its "connection_name"."
    `);
  });

  it('names the document that could belong to several syncs', () => {
    const other = { ...SYNC, connection_name: 'Others', entity: 'others' };
    const { text } = load({
      'systems.json': SYSTEMS,
      'a.json': { syncs: [SYNC, other] },
      'b.json': { loop_prevention: {} },
    });
    expect(text).toMatchInlineSnapshot(`
      "b.json:2:3  this document does not say to which sync it belongs
          Add "sync": one of "Accounts", "Others"."
    `);
  });

  it('resolves roles of systems and names of fields in rules', () => {
    const field_rules = [
      { field: 'Phone', priority_system: 'crm' },
      { field: 'account_name', priority_system: 'last_updated' },
    ];
    const rules = { conflict_resolution: { strategy: 'field_level_priority', field_rules } };
    const { installation, faults } = load({ 'systems.json': SYSTEMS, 'a.json': { ...SYNC, ...rules } });
    expect(faults).toEqual([]);
    expect(installation.syncs[0]?.conflict.fields).toEqual({
      phone: { kind: 'field_level_priority', system: 'salesforce' },
      account_name: { kind: 'last_write_wins' },
    });
    const wrong = { conflict_resolution: { field_rules: [{ field: 'phon', priority_system: 'support' }] } };
    expect(load({ 'systems.json': SYSTEMS, 'a.json': { ...SYNC, ...wrong } }).text).toMatchInlineSnapshot(`
      "a.json:29:9  no mapping has the field "phon"
          Did you mean "phone"?
      a.json:30:9  no system is called "support"
          Possible here: salesforce, crm, postgres, erp, last_updated. Or give a system of this config "role": "support"."
    `);
  });
});

describe('a system', () => {
  it('is overridden by the environment, which may also hold what the files lack', () => {
    const { installation, faults } = load(
      { 'systems.json': SYSTEMS, 'a.json': SYNC },
      { CONCORD_SYSTEM_POSTGRES_PORT: '6543', CONCORD_SYSTEM_POSTGRES_HOST: 'db.example.com' },
    );
    expect(faults).toEqual([]);
    expect(installation.systems['postgres']).toMatchObject({
      host: 'db.example.com',
      port: 6543,
      tls: { mode: 'require' },
    });
  });

  it('overrides what a sync says inline', () => {
    const inline = { type: 'postgres', table: 'accounts', credentials: { host: 'elsewhere', database: 'other' } };
    const { installation, faults } = load({ 'systems.json': SYSTEMS, 'a.json': { ...SYNC, target: inline } });
    expect(faults).toEqual([]);
    expect(installation.systems['postgres']).toMatchObject({ host: 'localhost', database: 'erp' });
  });

  it('keeps its secrets out of everything that prints', () => {
    const { installation } = load({ 'systems.json': SYSTEMS, 'a.json': SYNC }, { ERP_PASSWORD: 'hunter2' });
    const system = installation.systems['postgres'];
    if (system?.type !== 'postgres') throw new Error('no such system');
    expect(system.password?.reveal()).toBe('hunter2');
    expect(`${String(system.password)} ${JSON.stringify(system)} ${inspect(installation, { depth: 9 })}`).not.toContain(
      'hunter2',
    );
  });

  it('says which secret is missing when it is used, not before', () => {
    const { installation, faults } = load({ 'systems.json': SYSTEMS, 'a.json': SYNC });
    expect(faults).toEqual([]);
    const system = installation.systems['postgres'];
    if (system?.type !== 'postgres') throw new Error('no such system');
    expect(() => system.password?.reveal()).toThrow('the environment variable ERP_PASSWORD is not set');
  });
});

describe('loadInstallation', () => {
  it('throws one error that names everything', () => {
    expect(() => loadInstallation({ CONCORD_CONFIG: '/nowhere/concord' })).toThrow(ConfigError);
    expect(() => loadInstallation({})).toThrow('CONCORD_CONFIG is not set');
  });
});
