/**
 * Logs: one JSON line per entry, with the keys time, level, msg, service, version, and err for an error; coloured lines for
 * people on a terminal. What must never be in a log is taken out here and not left to the caller's care: secrets, field
 * values of records, credentials inside URLs.
 */
import { pino, stdTimeFunctions, type DestinationStream, type Logger as PinoLogger } from 'pino';
import pretty from 'pino-pretty';
import { describeError } from './describe-error.ts';

export type Logger = PinoLogger;

export type LoggerOptions = {
  service: string;
  version: string;
  /** trace, debug, info, warn, error, fatal or silent; CONCORD_LOG_LEVEL when left out. */
  level?: string;
  /** Where lines go; standard output when left out. */
  destination?: DestinationStream;
};

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

const secrets = ['password', 'secret', 'token', 'accessToken', 'refreshToken', 'privateKey', 'authorization', 'cookie'];
/** Field values of records may be personal data. */
const personal = ['values', 'expected', 'before', 'after', 'incomingValue', 'canonicalValue'];
const redacted = [...secrets, ...personal].flatMap((key) => [key, `*.${key}`, `*.*.${key}`]);

/** The user part of a URL: `scheme://user:password@`. */
const credentials = /(\b[a-z][a-z0-9+.-]*:\/\/)[^/\s"@]+@/gi;

export function createLogger(options: LoggerOptions): Logger {
  const wanted = (options.level ?? process.env['CONCORD_LOG_LEVEL'] ?? 'info').toLowerCase();
  const level = levels.includes(wanted) ? wanted : 'info';
  const logger = pino(
    {
      level,
      base: { service: options.service, version: options.version },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
      redact: { paths: redacted, censor: '[redacted]' },
      hooks: { streamWrite: (line) => line.replace(credentials, '$1[redacted]@') },
    },
    options.destination ?? standardOutput(),
  );
  if (level !== wanted) logger.warn({ wanted }, `unknown log level, using info; known are ${levels.join(', ')}`);
  return logger;
}

function standardOutput(): DestinationStream {
  if (!process.stdout.isTTY) return pino.destination({ fd: 1, sync: true });
  return pretty({ colorize: !process.env['NO_COLOR'], ignore: 'pid,hostname,service,version', sync: true });
}

export type LogFunction = (
  level: 'debug' | 'info' | 'warn' | 'error',
  message: string,
  context: Readonly<Record<string, unknown>>,
) => void;

/** For libraries that take a function instead of a logger. */
export function logFunction(logger: Logger): LogFunction {
  return (level, message, context) => logger[level](context, message);
}
