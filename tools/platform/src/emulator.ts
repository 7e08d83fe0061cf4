/** The Salesforce emulator as a process of its own, its org kept in the data folder. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ManagedProcess } from './managed-process.ts';
import { startNodeService } from './node-service.ts';
import { freePort } from './ports.ts';
import type { ProgressListener } from './progress.ts';
import type { SalesforceAccess } from './start/sales-user.ts';
import type { ProcessDeath } from './types.ts';

/** `access` is what a client of the REST API needs; `http` and `grpc` are the addresses. */
export type Emulator = {
  readonly process: ManagedProcess;
  readonly http: string;
  readonly grpc: string;
  readonly access: SalesforceAccess;
};

const clientId = 'concord';
const apiVersion = '67.0';

type EmulatorParts = {
  dataDir: string;
  args: readonly string[];
  onProgress: ProgressListener;
  onDeath: (death: ProcessDeath) => void;
};

export async function startEmulator({ dataDir, args, onProgress, onDeath }: EmulatorParts): Promise<Emulator> {
  onProgress({ step: 'starting the Salesforce emulator', state: 'running' });
  const { clientSecret, httpPort, grpcPort } = await readSettings(dataDir);
  const { process, url } = await startNodeService({
    name: 'salesforce',
    entry: 'test/emulators/salesforce/src/main.ts',
    args,
    dataDir,
    httpPort,
    // One line of JSON that says where it listens.
    readyLine: /"ready":true/,
    env: {
      EMULATOR_HTTP_PORT: String(httpPort),
      EMULATOR_GRPC_PORT: String(grpcPort),
      EMULATOR_DATA_DIR: join(dataDir, 'salesforce'),
      EMULATOR_CLIENT_ID: clientId,
      EMULATOR_CLIENT_SECRET: clientSecret,
    },
    onDeath,
  });
  onProgress({ step: 'the Salesforce emulator is up', state: 'done', detail: url });
  return { process, http: url, grpc: `127.0.0.1:${grpcPort}`, access: { url, clientId, clientSecret, apiVersion } };
}

type Settings = { clientSecret: string; httpPort: number; grpcPort: number };

/** Made at the first start and kept, so that bookmarks stay good; the secret makes the file readable for its owner only. */
async function readSettings(dataDir: string): Promise<Settings> {
  const file = join(dataDir, 'secrets', 'salesforce.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Settings;
  const httpPort = await freePort();
  const grpcPort = await freePort([httpPort]);
  const settings = { clientSecret: randomBytes(18).toString('base64url'), httpPort, grpcPort };
  mkdirSync(join(dataDir, 'secrets'), { recursive: true, mode: 0o700 });
  writeFileSync(file, JSON.stringify(settings), { mode: 0o600 });
  return settings;
}
