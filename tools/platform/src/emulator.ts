/** The Salesforce emulator as `npm start` runs it: its own process, its org kept in the data folder. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startNodeService } from '../node-service.ts';
import { freePort } from '../ports.ts';
import type { ProgressListener } from '../progress.ts';
import type { ProcessDeath } from '../types.ts';

export type Emulator = {
  url: string;
  pubsubEndpoint: string;
  clientId: string;
  clientSecret: string;
  apiVersion: string;
};

const clientId = 'concord';
const apiVersion = '67.0';

type EmulatorParts = {
  dataDir: string;
  onProgress: ProgressListener;
  onDeath: (death: ProcessDeath) => void;
};

export async function startEmulator({ dataDir, onProgress, onDeath }: EmulatorParts): Promise<Emulator> {
  onProgress({ step: 'starting the Salesforce emulator', state: 'running' });
  const { clientSecret, httpPort, pubsubPort } = await readSettings(dataDir);
  const { url } = await startNodeService({
    name: 'salesforce',
    entry: 'test/emulators/salesforce/src/main.ts',
    dataDir,
    httpPort,
    env: {
      EMULATOR_HTTP_PORT: String(httpPort),
      EMULATOR_GRPC_PORT: String(pubsubPort),
      EMULATOR_DATA_DIR: join(dataDir, 'salesforce'),
      EMULATOR_CLIENT_ID: clientId,
      EMULATOR_CLIENT_SECRET: clientSecret,
    },
    onDeath,
  });
  onProgress({ step: 'the Salesforce emulator is up', state: 'done', detail: url });
  return { url, pubsubEndpoint: `127.0.0.1:${pubsubPort}`, clientId, clientSecret, apiVersion };
}

type Settings = { clientSecret: string; httpPort: number; pubsubPort: number };

/** Made at the first start and kept, so that bookmarks stay good; the secret makes the file readable for its owner only. */
async function readSettings(dataDir: string): Promise<Settings> {
  const file = join(dataDir, 'secrets', 'salesforce.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Settings;
  const httpPort = await freePort();
  const pubsubPort = await freePort([httpPort]);
  const settings = { clientSecret: randomBytes(18).toString('base64url'), httpPort, pubsubPort };
  mkdirSync(join(dataDir, 'secrets'), { recursive: true, mode: 0o700 });
  writeFileSync(file, JSON.stringify(settings), { mode: 0o600 });
  return settings;
}
