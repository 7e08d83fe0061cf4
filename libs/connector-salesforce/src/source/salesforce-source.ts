/** All objects of one org that the plans read: one stream and one checkpoint each. One that halts does not stop the others. */
import type { EntityPlan } from '@concord/contracts';
import type { SalesforceClient } from '../client.ts';
import { bindingsByObject, bindPlans, type EntityBinding } from '../normalize/binding.ts';
import { SchemaCache } from '../pubsub/schema-cache.ts';
import type { SubscriptionLimits } from '../pubsub/subscribe.ts';
import { systemTiming, type Timing } from '../timing.ts';
import { ObjectSource } from './object-source.ts';
import type { CheckpointStore, FactPublisher, KnownRecords, SourceTelemetry } from './ports.ts';
import { RecordReader } from './record-reader.ts';
import { Translator } from './translator.ts';

export type SalesforceSourceOptions = {
  readonly system: string;
  readonly client: SalesforceClient;
  readonly plans: readonly EntityPlan[];
  readonly known: KnownRecords;
  readonly publisher: FactPublisher;
  readonly checkpoints: CheckpointStore;
  readonly telemetry: SourceTelemetry;
  readonly timing?: Timing;
  readonly limits?: Partial<SubscriptionLimits>;
};

export interface SalesforceSource {
  readonly topics: readonly string[];
  /** Resolves when the signal is aborted and what was under way is durable; rejects when every object has halted. */
  run(signal: AbortSignal): Promise<void>;
}

export function createSalesforceSource(options: SalesforceSourceOptions): SalesforceSource {
  const transport = options.client.openPubSub();
  const schemas = new SchemaCache(transport);
  const byObject = bindingsByObject(bindPlans(options.plans, options.system));
  const sources = [...byObject.values()].map((bindings) => {
    const bound = bindings as [EntityBinding, ...EntityBinding[]];
    const timing = options.timing ?? systemTiming;
    const reader = new RecordReader(options.client.rest, timing, bound);
    const translator = new Translator(bound, options.known, reader);
    return new ObjectSource({ ...options, bindings: bound, transport, schemas, reader, translator, timing });
  });
  return {
    topics: sources.map(({ topic }) => topic),
    run: (signal) => runAll(sources, options.telemetry, signal).finally(() => transport.close()),
  };
}

async function runAll(
  sources: readonly ObjectSource[],
  telemetry: SourceTelemetry,
  signal: AbortSignal,
): Promise<void> {
  const errors: unknown[] = [];
  await Promise.all(
    sources.map((source) =>
      source.run(signal).catch((error: unknown) => {
        errors.push(error);
        telemetry.halted({ topic: source.topic, error });
      }),
    ),
  );
  if (errors.length > 0 && !signal.aborted) throw errors[0];
}
