/** The composition root: everything is made here and nowhere else. */
import { openServiceBase, type ServiceBase, type ServiceContext } from '@concord/assembly';
import type { SalesforceSystemConfig } from '@concord/config';
import {
  connectionOf,
  createSalesforceClient,
  createSalesforceSource,
  type SalesforceClient,
} from '@concord/connector-salesforce';
import { createFactPublisher } from '@concord/ingest';
import type { Metrics } from '@concord/observability';
import type { Worker } from '@concord/service';
import { createTelemetry } from './telemetry.ts';
import { IngestWorker, type SourceRun } from './worker.ts';

export async function buildIngester(context: ServiceContext): Promise<Worker> {
  const base = await openServiceBase('ingest-salesforce', context);
  try {
    const sources = salesforceSystems(base).map((config) => sourceOf(config, base));
    return new IngestWorker({ sources, close: base.close });
  } catch (error) {
    await base.close();
    throw error;
  }
}

/** The orgs that the plans name, as the config describes them. */
function salesforceSystems({ installation, plans }: ServiceBase): SalesforceSystemConfig[] {
  const planned = new Set(plans.flatMap((plan) => Object.keys(plan.systems)));
  return Object.values(installation.systems).filter(
    (system): system is SalesforceSystemConfig => system.type === 'salesforce' && planned.has(system.name),
  );
}

function sourceOf(
  config: SalesforceSystemConfig,
  { store, plans, codecs, producer, logger, metrics }: ServiceBase,
): SourceRun {
  const system = config.name;
  const client = clientOf(config, metrics);
  const telemetry = createTelemetry({ system, logger, metrics });
  const publisher = createFactPublisher({ identities: store.identities, codecs, producer });
  const { checkpoints, identities: known } = store;
  const source = createSalesforceSource({ system, client, plans, publisher, checkpoints, known, telemetry });
  return { source, telemetry, client };
}

function clientOf(config: SalesforceSystemConfig, metrics: Metrics): SalesforceClient {
  const system = config.name;
  return createSalesforceClient(connectionOf(config), {
    onUsage: ({ used, max }) => metrics.apiBudgetMeasured(system, Math.max(0, 1 - used / max)),
    onCall: ({ call, outcome }) => metrics.apiCalled({ system, api: call, outcome }),
  });
}
