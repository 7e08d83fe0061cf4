/** A Postgres database as the commands need it. */
import { readConnectSettings, type Environment, type PostgresSystemConfig, type SyncEnd } from '@concord/config';
import { ConnectorError } from '@concord/connector-kit';
import {
  checkPostgres,
  createPool,
  describeTable,
  type ColumnDescription,
  type PostgresPool,
  setUpPostgres,
  type TableDescription,
} from '@concord/connector-postgres';
import { PlanError } from '../output/failure.ts';
import type { DescribedField, DescribedObject } from '../plan/described.ts';
import type { OpenSystem } from './open-system.ts';

export function openPostgres(config: PostgresSystemConfig, environment: Environment): OpenSystem {
  const pool = createPool(config, { connectionsMax: 2, applicationName: 'concord-cli' });
  return {
    describe: async (end) => {
      const table = await describeAt(pool, end);
      const faults = table.problems.map((problem) => ({
        code: 'postgres.table_unfit',
        place: end.place,
        message: `${table.object} cannot be synchronized as it is`,
        remedy: problem,
      }));
      if (faults.length > 0) throw new PlanError(faults);
      return describedObject(config.name, table);
    },
    check: async (end, plan) => {
      const findings = await checkPostgres({ pool, config, plans: plan === null ? [] : [plan] });
      return findings.map(({ code, message, hint: remedy }) => ({ code, place: end.place, message, remedy }));
    },
    setUp: async (plans) => await setUpPostgres({ pool, config, plans, ...connectOf(config.name, environment) }),
    close: () => pool.end(),
  };
}

type ConnectSettings = { connectUrl: string; registryUrl: string; connectorPassword?: string };

/** Where Kafka Connect is, and what it is to use for the registry and the password. */
function connectOf(system: string, environment: Environment): ConnectSettings {
  const { connectUrl, registryUrl, connectorPassword } = readConnectSettings(system, environment);
  return { connectUrl, registryUrl, ...(connectorPassword === null ? {} : { connectorPassword }) };
}

/** A table that is not there is a fault of the config, at its place. */
async function describeAt(pool: PostgresPool, end: SyncEnd): Promise<TableDescription> {
  try {
    return await describeTable(pool, end.object);
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.code !== 'postgres.table_missing') throw error;
    const { code, message, hint: remedy } = error;
    throw new PlanError([{ code, place: end.place, message, remedy }], { cause: error });
  }
}

function describedObject(system: string, table: TableDescription): DescribedObject {
  return {
    system,
    type: 'postgres',
    object: table.object,
    fields: table.columns.map((column) => describedField(column, table)),
    key: table.primaryKey,
    isKeyGenerated: table.isKeyGenerated,
  };
}

function describedField(column: ColumnDescription, table: TableDescription): DescribedField {
  const { name, type, refusal, nativeType, nullable, generated, identity } = column;
  const isMadeByDatabase = generated !== null || identity === 'always';
  const isGeneratedKey = table.isKeyGenerated && table.primaryKey.includes(name);
  const isFilled = nullable || isMadeByDatabase || identity !== null || column.default !== null;
  return {
    name,
    type,
    refusal,
    nativeType,
    isWritable: !isMadeByDatabase && !isGeneratedKey,
    isRequired: isFilled ? 'no' : 'yes',
  };
}
