/** The composition root: everything is made here and nowhere else. */
import { loadInstallation, type SalesforceSystemConfig } from '@concord/config';
import { connectionOf, createSalesforceClient, createSalesforceSource } from '@concord/connector-salesforce';
import { createCodecs, createSchemaRegistry, type EntityPlan } from '@concord/contracts';
import { createFactPublisher } from '@concord/ingest';
import { createProducer } from '@concord/kafka';
import { logFunction, type Logger, type Metrics } from '@concord/observability';
import type { ServiceContext, Worker } from '@concord/service';
import { createStore } from '@concord/store';
import { createTelemetry } from './telemetry.ts';
import { IngestWorker, type SourceRun } from './worker.ts';

type Observers = { readonly logger: Logger; readonly metrics: Metrics };

export async function buildIngester({ settings, logger, metrics, signal }: ServiceContext): Promise<Worker> {
  const store = createStore({ url: settings.storeUrl });
  const plans = await store.plans.load();
  const registry = createSchemaRegistry({ url: settings.registryUrl, signal });
  const codecs = await createCodecs(registry, plans);
  const producer = createProducer({
    brokers: [...settings.kafkaBrokers],
    clientId: 'ingest-salesforce',
    log: logFunction(logger),
  });
  const publisher = createFactPublisher({ identities: store.identities, codecs, producer });
  const sources = salesforceSystems(plans).map((system) => {
    const client = clientOf(system, { logger, metrics });
    const telemetry = createTelemetry({ system: system.name, logger, metrics });
    const { checkpoints, identities: known } = store;
    const parts = { system: system.name, client, plans, publisher, checkpoints, known, telemetry };
    return { source: createSalesforceSource(parts), telemetry, client } satisfies SourceRun;
  });
  return new IngestWorker({ sources, producer, store });
}

/** The orgs that the plans name, as the config describes them. */
function salesforceSystems(plans: readonly EntityPlan[]): SalesforceSystemConfig[] {
  const { systems } = loadInstallation();
  const planned = new Set(plans.flatMap((plan) => Object.keys(plan.systems)));
  return Object.values(systems).filter(
    (system): system is SalesforceSystemConfig => system.type === 'salesforce' && planned.has(system.name),
  );
}

function clientOf(config: SalesforceSystemConfig, { metrics }: Observers): ReturnType<typeof createSalesforceClient> {
  const system = config.name;
  return createSalesforceClient(connectionOf(config), {
    onUsage: ({ used, max }) => metrics.apiBudgetMeasured(system, Math.max(0, 1 - used / max)),
    onCall: ({ call, outcome }) => metrics.apiCalled({ system, api: call, outcome }),
  });
}
