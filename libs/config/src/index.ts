// Reading a config.
export { loadConfig, loadInstallation, type LoadedConfig } from './load.ts';
export { readConfigPaths, readConnectSettings, readServiceSettings, type ServiceSettings } from './environment.ts';

// What comes out.
export type {
  Installation,
  SystemConfig,
  PostgresSystemConfig,
  SalesforceSystemConfig,
  SyncConfig,
  SyncEnd,
  FieldMapping,
  ConditionConfig,
} from './types.ts';
export { Secret, type Environment } from './secret.ts';

// What is wrong with it.
export { ConfigError, formatFaults, type ConfigFault, type ConfigNote } from './fault.ts';
export { formatPlace, type Place } from './place.ts';
export { nearest } from './suggest.ts';
