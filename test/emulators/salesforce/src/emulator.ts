// Puts the parts together: one org with its database, the login, REST and pages on one port, Pub/Sub on another.
import type { AddressInfo } from 'node:net';
import { EventBus } from './events/bus.ts';
import { EventSchemas } from './events/event-schemas.ts';
import { FaultMenu } from './faults/menu.ts';
import { registerAdmin } from './faults/routes.ts';
import { Triggers } from './faults/triggers.ts';
import { createHttp } from './http.ts';
import { Catalogue } from './model/catalogue.ts';
import { addDefinitions } from './model/definition-file.ts';
import type { Definitions } from './model/definition-file.ts';
import { standardObjects } from './model/standard-objects.ts';
import { registerLogin } from './oauth/routes.ts';
import { Sessions } from './oauth/sessions.ts';
import type { EmulatorOptions } from './options.ts';
import { startPubSub } from './pubsub/server.ts';
import type { PubSubServer } from './pubsub/server.ts';
import { registerRest } from './rest/index.ts';
import { openDatabase } from './store/database.ts';
import type { Database } from './store/database.ts';
import { Org } from './store/org.ts';
import { RecordStore } from './store/record-store.ts';
import { registerUi } from './ui/routes.ts';
import { seedUsers } from './users.ts';

export type Emulator = { httpUrl: string; grpcAddress: string; close(): Promise<void> };

const EXPIRY_INTERVAL_MS = 60_000;

export async function startEmulator(options: EmulatorOptions, now: () => number = Date.now): Promise<Emulator> {
  const database = openDatabase(options.dataDirectory);
  const installed = new InstalledDefinitions(database);
  const catalogue = new Catalogue(standardObjects());
  addDefinitions(catalogue, options.definitions);
  for (const each of installed.list()) addDefinitions(catalogue, each);

  const faults = new FaultMenu();
  const triggers = new Triggers();
  const store = new RecordStore(catalogue, database);
  const users = seedUsers(store, { username: options.username, now: now() });
  const schemas = new EventSchemas(database);
  const bus = new EventBus(database, options.retentionMs, now);
  const hooks = {
    now,
    admitRow: faults.admitRow.bind(faults),
    runTriggers: triggers.run.bind(triggers),
  };
  const org = new Org({ catalogue, database, store, schemas, bus, hooks });
  const sessionSettings = { organizationId: options.organizationId, lifetimeMs: options.tokenLifetimeMs, now };
  const sessions = new Sessions(database, sessionSettings);

  const pubsub = await startPubSub({ ...options, org, sessions, faults, port: options.grpcPort });
  const app = createHttp(catalogue, faults);
  const instanceUrl = () => `http://${options.host}:${(app.server.address() as AddressInfo).port}`;
  registerRest(app, { org, sessions, apiRequestsMax: options.apiRequestsMax });
  registerLogin(app, {
    grants: { ...options, audiences: () => [instanceUrl()], now },
    sessions,
    organizationId: options.organizationId,
    userId: users.integration,
    instanceUrl,
  });
  registerUi(app, { org, person: { userId: users.sales, origin: '' } });
  registerAdmin(app, {
    org,
    sessions,
    faults,
    triggers,
    pubsub: (): PubSubServer => pubsub,
    administrator: { userId: users.integration, origin: '' },
    rememberDefinitions: (definitions) => installed.add(definitions),
  });
  await app.listen({ host: options.host, port: options.httpPort });
  const expiry = setInterval(() => bus.expire(), EXPIRY_INTERVAL_MS).unref();

  return {
    httpUrl: instanceUrl(),
    grpcAddress: pubsub.address,
    close: async () => {
      clearInterval(expiry);
      await pubsub.close();
      await app.close();
      database.close();
    },
  };
}

/** What was installed while the emulator ran, so that a restart finds it again. */
class InstalledDefinitions {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  list(): Definitions[] {
    return JSON.parse(this.#database.readMeta('definitions') ?? '[]') as Definitions[];
  }

  add(definitions: Definitions): void {
    this.#database.writeMeta('definitions', JSON.stringify([...this.list(), definitions]));
  }
}
