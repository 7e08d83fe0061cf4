/** The codecs of an installation: one per topic, made from the plans once at start. */
import type { AvroRecord } from './avro-schema.ts';
import { fullNameOf } from './avro-schema.ts';
import { ContractError } from './errors.ts';
import { MessageCodec, registerShape, type Codec, type RegisteredShape, type Shape } from './message-codec.ts';
import type { EntityPlan } from './plan.ts';
import type { SchemaRegistry } from './registry.ts';
import {
  auditShape,
  changeShape,
  commandShape,
  conflictShape,
  outcomeShape,
  recordShape,
  resolutionShape,
  type AuditMessage,
  type ChangeMessage,
  type CommandMessage,
  type ConflictMessage,
  type OutcomeMessage,
  type RecordMessage,
  type ResolutionMessage,
} from './shapes.ts';
import { topics } from './topics.ts';

export type Codecs = {
  changes(entity: string): Codec<ChangeMessage>;
  records(entity: string): Codec<RecordMessage>;
  /** Commands of all entities that the system has: `encode` goes by the message's entity, `decode` by its schema. */
  commands(system: string): Codec<CommandMessage>;
  readonly outcomes: Codec<OutcomeMessage>;
  readonly resolutions: Codec<ResolutionMessage>;
  readonly conflicts: Codec<ConflictMessage>;
  readonly audit: Codec<AuditMessage>;
};

/** Registers the schemas of all plans and returns their codecs; throws a ContractError when the registry refuses one. */
export async function createCodecs(registry: SchemaRegistry, plans: readonly EntityPlan[]): Promise<Codecs> {
  const systems = [...new Set(plans.flatMap((plan) => Object.keys(plan.systems)))];
  const [changes, records, commands, outcomes, resolutions, conflicts, audit] = await Promise.all([
    byEntity(plans, (plan) => single(registry, topics.changes(plan.entity), changeShape(plan))),
    byEntity(plans, (plan) => single(registry, topics.records(plan.entity), recordShape(plan))),
    inOrder(systems, async (system) => [system, await commandCodec(registry, system, plans)] as const),
    single(registry, topics.outcomes, outcomeShape()),
    single(registry, topics.resolutions, resolutionShape()),
    single(registry, topics.conflicts, conflictShape()),
    single(registry, topics.audit, auditShape()),
  ]);
  const commandCodecs = new Map(commands);
  return {
    changes: (entity) => known(changes, entity),
    records: (entity) => known(records, entity),
    commands: (system) => known(commandCodecs, system),
    outcomes,
    resolutions,
    conflicts,
    audit,
  };
}

/** For `apply`: registers all schemas and lets the registry refuse whatever old or new readers could not read. */
export async function publishSchemas(registry: SchemaRegistry, plans: readonly EntityPlan[]): Promise<void> {
  const subjects: string[] = [];
  const noting: SchemaRegistry = {
    ...registry,
    register(subject, schema) {
      subjects.push(subject);
      return registry.register(subject, schema);
    },
  };
  await createCodecs(noting, plans);
  await inOrder(subjects, (subject) => registry.setCompatibility(subject, 'FULL_TRANSITIVE'));
}

function subjectOf(topic: string, schema: AvroRecord, isShared: boolean): string {
  return isShared ? `${topic}-${fullNameOf(schema)}` : `${topic}-value`;
}

async function single<Message>(
  registry: SchemaRegistry,
  topic: string,
  shape: Shape<Message>,
): Promise<Codec<Message>> {
  const registered = await registerShape(registry, subjectOf(topic, shape.schema, false), shape);
  return new MessageCodec(topic, registry, [registered], () => registered);
}

async function commandCodec(
  registry: SchemaRegistry,
  system: string,
  plans: readonly EntityPlan[],
): Promise<Codec<CommandMessage>> {
  const topic = topics.commands(system);
  const entries = await inOrder(
    plans.filter((plan) => plan.systems[system] !== undefined),
    async (plan): Promise<readonly [string, RegisteredShape<CommandMessage>]> => {
      const shape = commandShape(plan);
      return [plan.entity, await registerShape(registry, subjectOf(topic, shape.schema, true), shape)];
    },
  );
  const byName = new Map(entries);
  return new MessageCodec(topic, registry, [...byName.values()], (message) => known(byName, message.entity));
}

async function byEntity<Message>(
  plans: readonly EntityPlan[],
  make: (plan: EntityPlan) => Promise<Codec<Message>>,
): Promise<ReadonlyMap<string, Codec<Message>>> {
  return new Map(await inOrder(plans, async (plan) => [plan.entity, await make(plan)] as const));
}

/** One after the other: a start with a hundred entities must not open a hundred connections. */
async function inOrder<Item, Result>(items: readonly Item[], make: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (const item of items) results.push(await make(item));
  return results;
}

function known<Entry>(entries: ReadonlyMap<string, Entry>, name: string): Entry {
  const entry = entries.get(name);
  if (entry === undefined) throw new ContractError('contract.unknown_entity', `No plan holds "${name}".`);
  return entry;
}
