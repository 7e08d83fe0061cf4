/** What every command is given. Settings and connections are made when first asked for. */
import {
  loadConfig,
  readConfigPaths,
  readServiceSettings,
  ConfigError,
  type Environment,
  type Installation,
  type ConfigNote,
  type ServiceSettings,
} from '@concord/config';
import type { KafkaAdmin } from '@concord/kafka';
import type { Store } from '@concord/store';
import type { Output } from '../output/output.ts';

export class Context {
  readonly output: Output;
  readonly environment: Environment;

  constructor(output: Output, environment: Environment) {
    this.output = output;
    this.environment = environment;
  }

  settings(): ServiceSettings {
    return readServiceSettings(this.environment);
  }

  /** The config, sound; else a ConfigError with all faults. */
  installation(): { installation: Installation; notes: readonly ConfigNote[] } {
    const { installation, faults, notes } = loadConfig(readConfigPaths(this.environment), this.environment);
    if (faults.length > 0) throw new ConfigError(faults);
    return { installation, notes };
  }

  async withStore<T>(work: (store: Store) => Promise<T>): Promise<T> {
    const { createStore } = await import('@concord/store');
    const store = createStore({ url: this.settings().storeUrl, connectionsMax: 2 });
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  }

  async withKafka<T>(work: (admin: KafkaAdmin) => Promise<T>): Promise<T> {
    const { createAdmin } = await import('@concord/kafka');
    const admin = createAdmin({ brokers: [...this.settings().kafkaBrokers], clientId: 'concord-cli' });
    try {
      return await work(admin);
    } finally {
      await admin.stop();
    }
  }
}
