/** Loads one sync between `crm` (Salesforce) and `erp` (Postgres), written to a folder of its own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatFaults, loadConfig } from '../index.ts';
import type { SyncConfig } from '../types.ts';

const SYSTEMS = {
  crm: {
    type: 'salesforce',
    client_id: 'key',
    client_secret: 'env:S',
    instance_url: 'https://example.my.salesforce.com',
  },
  erp: { type: 'postgres', host: 'localhost', database: 'erp', user: 'concord' },
  third: { type: 'postgres', host: 'localhost', database: 'third', user: 'concord' },
};

type Loaded = { readonly config: SyncConfig | undefined; readonly faults: string; readonly notes: readonly string[] };

/** `mappings` as "source target"; places in the faults are those of the text with an indent of one. */
export function loadSync(mappings: readonly string[], rest: Readonly<Record<string, unknown>>): Loaded {
  const folder = mkdtempSync(join(tmpdir(), 'concord-sync-'));
  try {
    const field_mappings = mappings.map((mapping) => {
      const [source, target] = mapping.split(' ');
      return { source, target };
    });
    const sync = {
      source: { system: 'crm', object: 'Account' },
      target: { system: 'erp', table: 'accounts' },
      sync_type: 'bidirectional',
      ...rest,
      field_mappings: rest['field_mappings'] ?? field_mappings,
    };
    writeFileSync(join(folder, 'a.json'), JSON.stringify(sync, null, 1));
    writeFileSync(join(folder, 'systems.json'), JSON.stringify({ systems: SYSTEMS }));
    const { installation, faults, notes } = loadConfig([folder], {});
    return {
      config: installation.syncs[0],
      faults: formatFaults(faults).replaceAll(`${folder}/`, ''),
      notes: notes.map(({ message }) => message),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
