// Logs.
export { createLogger, logFunction, type LogFunction, type Logger, type LoggerOptions } from './logger.ts';
export { describeError, type ErrorDescription } from './describe-error.ts';
// Metrics.
export { createMetrics, type Metrics, type MetricsOptions, type Stage, type StageLabels } from './metrics.ts';
