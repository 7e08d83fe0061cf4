/**
 * One of our own services (or emulators) as a child process on this very Node, which runs TypeScript as it is. Ready means
 * its `/readyz` answers 200, or, for programs without one, that it has printed a line that matches `readyLine`.
 */
import { resolve } from 'node:path';
import { projectFolder } from './folders.ts';
import { ManagedProcess } from './managed-process.ts';
import { freePort } from './ports.ts';
import { answers } from './registry.ts';
import type { ProcessDeath } from './types.ts';

export type NodeServiceOptions = {
  name: string;
  /** Path of the main module, from the root of the project. */
  entry: string;
  dataDir: string;
  args?: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** Given to the service as CONCORD_HTTP_PORT; a free one when left out. */
  httpPort?: number;
  readyLine?: RegExp;
  readyWithinMs?: number;
  onDeath?: (death: ProcessDeath) => void;
};

export type NodeService = { readonly process: ManagedProcess; readonly url: string };

const readyWithinMs = 30_000;

export async function startNodeService(options: NodeServiceOptions): Promise<NodeService> {
  const port = options.httpPort ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const { readyLine } = options;
  const service = new ManagedProcess({
    name: options.name,
    command: process.execPath,
    args: ['--enable-source-maps', resolve(projectFolder, options.entry), ...(options.args ?? [])],
    env: { ...options.env, CONCORD_HTTP_PORT: String(port) },
    dataDir: options.dataDir,
    isReady: async (logTail) => (readyLine === undefined ? answers(`${url}/readyz`) : readyLine.test(logTail())),
    readyWithinMs: options.readyWithinMs ?? readyWithinMs,
    stopSignal: 'SIGTERM',
    stopWithinMs: 15_000,
    onDeath: options.onDeath,
  });
  await service.start();
  return { process: service, url };
}
