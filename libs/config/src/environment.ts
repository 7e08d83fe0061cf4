/** What the environment says: overrides of system keys, and the settings that every process of Concord shares. */
import { ConfigError, type ConfigFault } from './fault.ts';
import type { Environment } from './secret.ts';

export function environmentName(system: string, key: string): string {
  return `CONCORD_SYSTEM_${system}_${key}`.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
}

export type ServiceSettings = {
  /** Files and folders of the config. */
  readonly configPaths: readonly string[];
  readonly storeUrl: string;
  readonly kafkaBrokers: readonly string[];
  /** Confluent-compatible base URL of the schema registry. */
  readonly registryUrl: string;
  /** 0 takes any free port. */
  readonly httpPort: number;
  readonly logLevel: string;
};

const PURPOSES = {
  CONCORD_CONFIG: 'the folder of the config, or a comma-separated list of files',
  CONCORD_STORE_URL: 'the store, for example postgres://concord:…@localhost:5432/concord',
  CONCORD_KAFKA_BROKERS: 'the brokers, for example localhost:9092,localhost:9093',
  CONCORD_REGISTRY_URL: 'the schema registry, for example http://localhost:8081',
} as const;

/** Reads the settings; throws a ConfigError that names every one that is missing or wrong. */
export function readServiceSettings(environment: Environment = process.env): ServiceSettings {
  const faults: ConfigFault[] = [];
  const required = (name: keyof typeof PURPOSES): string => {
    const value = environment[name]?.trim() ?? '';
    if (value === '') faults.push(fault(`${name} is not set`, `Set it to ${PURPOSES[name]}.`));
    return value;
  };
  const settings: ServiceSettings = {
    configPaths: list(required('CONCORD_CONFIG')),
    storeUrl: required('CONCORD_STORE_URL'),
    kafkaBrokers: list(required('CONCORD_KAFKA_BROKERS')),
    registryUrl: required('CONCORD_REGISTRY_URL').replace(/\/+$/, ''),
    httpPort: Number(environment['CONCORD_HTTP_PORT'] ?? 0),
    logLevel: environment['CONCORD_LOG_LEVEL'] ?? 'info',
  };
  if (!Number.isInteger(settings.httpPort) || settings.httpPort < 0 || settings.httpPort > 65_535) {
    faults.push(fault('CONCORD_HTTP_PORT is not a port', 'Use a number from 0 (any) to 65535.'));
  }
  if (settings.storeUrl !== '' && !/^postgres(ql)?:\/\//.test(settings.storeUrl)) {
    const remedy = `Set it to ${PURPOSES.CONCORD_STORE_URL}.`;
    faults.push(fault('CONCORD_STORE_URL does not begin with postgres://', remedy));
  }
  if (settings.registryUrl !== '' && !/^https?:\/\//.test(settings.registryUrl)) {
    const remedy = `Set it to ${PURPOSES.CONCORD_REGISTRY_URL}.`;
    faults.push(fault('CONCORD_REGISTRY_URL does not begin with http:// or https://', remedy));
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return settings;
}

/** The paths of the config alone, for those who need nothing else. */
export function readConfigPaths(environment: Environment): string[] {
  const paths = list(environment['CONCORD_CONFIG'] ?? '');
  if (paths.length > 0) return paths;
  throw new ConfigError([fault('CONCORD_CONFIG is not set', `Set it to ${PURPOSES.CONCORD_CONFIG}.`)]);
}

export type ConnectSettings = {
  readonly connectUrl: string;
  /** The registry as Kafka Connect reaches it. */
  readonly registryUrl: string;
  /** What Kafka Connect is to use as the system's password: a reference of its own such as `${file:…:…}`. */
  readonly connectorPassword: string | null;
};

/** What `apply` needs to make the source connector of a Postgres system. */
export function readConnectSettings(system: string, environment: Environment): ConnectSettings {
  const connectUrl = environment['CONCORD_CONNECT_URL'] ?? '';
  const registryUrl = environment['CONCORD_CONNECT_REGISTRY_URL'] ?? readServiceSettings(environment).registryUrl;
  if (!/^https?:\/\//.test(connectUrl)) {
    const remedy = 'Set it to Kafka Connect, for example http://localhost:8083.';
    throw new ConfigError([fault('CONCORD_CONNECT_URL is not set to a URL', remedy)]);
  }
  const password = `CONCORD_CONNECT_PASSWORD_${system}`.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
  return { connectUrl, registryUrl, connectorPassword: environment[password] ?? null };
}

function list(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function fault(message: string, remedy: string): ConfigFault {
  const place = { file: 'environment', line: 0, column: 0 };
  return { code: 'config.value', place, message, remedy };
}
