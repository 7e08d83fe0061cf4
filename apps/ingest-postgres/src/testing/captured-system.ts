/** A database of its own for a test file, to be captured by Debezium; at the end nothing of it is left. For tests only. */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { PostgresSystemConfig } from '@concord/config';
import { createPool, type PostgresPool } from '@concord/connector-postgres';
import { topics } from '@concord/contracts';
import { createAdmin } from '@concord/kafka';

const {
  CONCORD_TEST_PG_URL: url = '',
  CONCORD_TEST_KAFKA: brokers = '',
  CONCORD_TEST_REGISTRY: registryUrl = '',
  CONCORD_TEST_CONNECT: connectUrl = '',
} = process.env;

export const servers = { brokers, registryUrl, connectUrl };
export const hasServers = [url, brokers, registryUrl, connectUrl].every((one) => one !== '');

const ATTEMPTS_MAX = 300;
const PAUSE_MS = 100;

export type CapturedSystem = {
  readonly config: PostgresSystemConfig;
  readonly pool: PostgresPool;
  /** In Kafka Connect's REST interface, once it is set up. */
  readonly connectorUrl: string;
  remove(): Promise<void>;
};

export async function createCapturedSystem(prefix: string): Promise<CapturedSystem> {
  const name = `${prefix}_${randomBytes(4).toString('hex')}`;
  const admin = createAdmin({ brokers: [brokers], clientId: name });
  await admin.ensureTopics([{ topic: topics.cdc(name), partitions: 1, replication: 1 }]);
  const server = createPool(url);
  await server.query(`CREATE DATABASE ${name}`);
  const config = configOf(name);
  const pool = createPool(config);
  const connectorUrl = `${connectUrl}/connectors/concord-${name}`;
  return {
    config,
    pool,
    connectorUrl,
    remove: async () => {
      await fetch(`${connectorUrl}/stop`, { method: 'PUT' });
      const dropIdle = `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = '${name}' AND NOT active`;
      for (let attempt = 1; (await server.query(dropIdle)).length === 0; attempt += 1) {
        if (attempt > ATTEMPTS_MAX) throw new Error(`The slot of ${name} is still in use`);
        await delay(PAUSE_MS);
      }
      await fetch(`${connectorUrl}/offsets`, { method: 'DELETE' });
      await fetch(connectorUrl, { method: 'DELETE' });
      await pool.end();
      await server.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await server.end();
      await admin.deleteTopics([topics.cdc(name), `__debezium-heartbeat.${name}`]);
      await admin.stop();
    },
  };
}

function configOf(name: string): PostgresSystemConfig {
  const at = new URL(url);
  return {
    name,
    roles: [],
    type: 'postgres',
    host: at.hostname,
    port: Number(at.port),
    database: name,
    schema: 'public',
    user: decodeURIComponent(at.username),
    password: { reveal: () => decodeURIComponent(at.password) } as PostgresSystemConfig['password'],
    tls: { mode: 'disable', authority: null },
  };
}
