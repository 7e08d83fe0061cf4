import type { ManagedProcess } from './managed-process.ts';
import type { ProgressListener } from './progress.ts';

export type PlatformPart = 'postgres' | 'kafka' | 'registry' | 'connect';

export const allParts: readonly PlatformPart[] = ['postgres', 'kafka', 'registry', 'connect'];

export type PlatformOptions = {
  /** Everything the platform keeps: databases, topics, logs, passwords, remembered ports. */
  dataDir: string;
  /** `usual` takes 5432, 9092, 8080 and 8083 where they are free; `free` never does. Default `free`. */
  ports?: 'usual' | 'free';
  /** Removes what an earlier run kept. */
  fresh?: boolean;
  parts?: readonly PlatformPart[];
  /** Further Connect plugins beside Debezium's Postgres source; the benchmark's rival are two. */
  connectPlugins?: readonly ('debezium-jdbc' | 'apicurio-avro')[];
  postgresSettings?: Readonly<Record<string, string>>;
  kafkaSettings?: Readonly<Record<string, string>>;
  connectSettings?: Readonly<Record<string, string>>;
  /** Heap of the broker and of the Connect worker. Default 512. */
  heapMegabytes?: number;
  onProgress?: ProgressListener;
  /** Called when a part dies that nobody stopped or killed through its handle. */
  onDeath?: (death: ProcessDeath) => void;
};

export type ProcessDeath = { name: string; reason: string; logFile: string; logTail: string };

export type Platform = {
  readonly dataDir: string;
  readonly postgres: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
    readonly url: (database: string) => string;
  };
  readonly kafka: { readonly brokers: readonly string[] };
  /** `url` speaks Confluent's API (v7); `apicurioUrl` is the bare host, as Apicurio's own converter wants it. */
  readonly registry: { readonly url: string; readonly apicurioUrl: string };
  /** `secretOf(name)` is the text that stands for a secret in a connector's config, so that Connect never shows it. */
  readonly connect: { readonly url: string; readonly secretOf: (name: 'postgres.password') => string };
  readonly process: (part: PlatformPart) => ManagedProcess;
  readonly startMs: Readonly<Partial<Record<PlatformPart | 'total', number>>>;
  stop(): Promise<void>;
};
