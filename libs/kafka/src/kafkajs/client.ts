/** Makes kafkajs clients: one per consumer, producer or admin, because they share state that must die with them. */
import { Kafka, logLevel } from 'kafkajs';
import type { KafkaConfig, LogEntry, RetryOptions, SASLOptions } from 'kafkajs';
import { logWarningsToStderr } from '../log.ts';
import type { KafkaLog } from '../log.ts';
import type { KafkaConnection, SaslOptions } from '../types.ts';
import { repairKafkaJs } from './repair.ts';
import { SocketOwner } from './sockets.ts';

export type OwnedClient = { kafka: Kafka; sockets: SocketOwner };

export const connectMsMaxDefault = 10_000;
const connectionTimeoutMs = 3_000;
const requestTimeoutMs = 20_000;

/** Quick at first, then once a second: a restarted broker is found soon and a dead one is not flooded. */
export const retryPolicy = { initialRetryTime: 100, maxRetryTime: 1_000, multiplier: 2, factor: 0.2, retries: 8 };

export function createClient(connection: KafkaConnection, retry: RetryOptions = retryPolicy): OwnedClient {
  repairKafkaJs();
  const sockets = new SocketOwner();
  const config: KafkaConfig = {
    brokers: connection.brokers,
    clientId: connection.clientId,
    connectionTimeout: connectionTimeoutMs,
    requestTimeout: requestTimeoutMs,
    socketFactory: sockets.factory,
    retry,
    logLevel: logLevel.INFO,
    logCreator: () => logEntryTo(connection.log ?? logWarningsToStderr, sockets),
  };
  if (connection.ssl !== undefined) config.ssl = connection.ssl;
  if (connection.sasl !== undefined) config.sasl = saslOf(connection.sasl);
  return { kafka: new Kafka(config), sockets };
}

function saslOf(sasl: SaslOptions): SASLOptions {
  if (sasl.mechanism !== 'oauthbearer') return sasl;
  return { mechanism: 'oauthbearer', oauthBearerProvider: async () => ({ value: await sasl.token() }) };
}

/** Answers of the broker come as thrown errors, too, or are an ordinary part of a rebalance; a crash is ours to tell. */
const saidByOthers = /^(Response|Crash:) /;
const repetitionMs = 60_000;
const remembered = 100;

/**
 * kafkajs logs each attempt of a retry as an error and a rebalance as a warning. Real failures reach the caller as
 * thrown errors, so its words are taken one level lower: errors as warnings, everything else as debug. What repeats
 * within a minute is debug, too: an outage shows in a few lines.
 */
function logEntryTo(log: KafkaLog, sockets: SocketOwner): (entry: LogEntry) => void {
  const saidAtMs = new Map<string, number>();
  const isNews = (message: string): boolean => {
    const now = Date.now();
    if (now - (saidAtMs.get(message) ?? 0) < repetitionMs) return false;
    if (saidAtMs.size >= remembered) saidAtMs.clear();
    saidAtMs.set(message, now);
    return true;
  };
  return ({
    level,
    namespace,
    log: { message, stack: _stack, timestamp: _timestamp, logger: _logger, ...context },
  }) => {
    if (sockets.isDestroyed) return;
    const isWarning = level === logLevel.ERROR && !saidByOthers.test(message) && isNews(message);
    const severity = isWarning ? 'warn' : 'debug';
    log(severity, `kafka client: ${message}`, { component: `kafkajs.${namespace}`, ...context });
  };
}

/** Ends with the client disconnected, politely if that takes less than `msMax`, by force otherwise. */
export async function disconnectWithin(
  msMax: number,
  client: { disconnect(): Promise<void> },
  sockets: SocketOwner,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, msMax);
  });
  await Promise.race([client.disconnect().catch(() => undefined), deadline]);
  clearTimeout(timer);
  sockets.destroy();
}
