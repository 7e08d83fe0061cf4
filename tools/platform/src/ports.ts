/**
 * Which ports the platform listens on. They are remembered in the data folder, because a second start should be found where
 * the first was (connectors, bookmarks and shells hold the addresses); a port that was taken meanwhile is replaced.
 * Free ports come from below the range that systems hand out for outgoing connections, so that a broker that was killed
 * still finds its port free when it is started again.
 */
import { createServer } from 'node:net';
import { randomInt } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PlatformError } from './errors.ts';

const names = ['postgres', 'kafka', 'kafkaController', 'registry', 'connect'] as const;
export type Ports = Record<(typeof names)[number], number>;

const usualPorts: Ports = { postgres: 5432, kafka: 9092, kafkaController: 9093, registry: 8080, connect: 8083 };
const lowestPort = 20_000;
const highestPort = 29_999;
const attemptsMax = 200;

export async function choosePorts(dataDir: string, mode: 'usual' | 'free'): Promise<Ports> {
  const remembered = readRemembered(dataDir);
  const chosen: Partial<Ports> = {};
  for (const name of names) {
    const wanted = remembered[name] ?? (mode === 'usual' ? usualPorts[name] : undefined);
    const taken = Object.values(chosen);
    const usable = wanted !== undefined && !taken.includes(wanted) && (await isFree(wanted));
    chosen[name] = usable ? wanted : await freePort(taken);
  }
  const ports = chosen as Ports;
  writeFileSync(join(dataDir, 'ports.json'), `${JSON.stringify(ports, null, 2)}\n`);
  return ports;
}

/** A port nobody listens on at the moment, and not one of `except`. */
export async function freePort(except: readonly number[] = []): Promise<number> {
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const port = randomInt(lowestPort, highestPort);
    if (!except.includes(port) && (await isFree(port))) return port;
  }
  throw new PlatformError({
    code: 'platform.no-free-port',
    message: `No free port was found between ${lowestPort} and ${highestPort}.`,
    hint: 'Stop what listens there, or close other running platforms.',
  });
}

/** Both addresses are tried: on macOS one may listen on 127.0.0.1 beside somebody else's listener on all addresses. */
async function isFree(port: number): Promise<boolean> {
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, '0.0.0.0'));
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

function readRemembered(dataDir: string): Partial<Ports> {
  try {
    return JSON.parse(readFileSync(join(dataDir, 'ports.json'), 'utf8')) as Partial<Ports>;
  } catch {
    return {};
  }
}
