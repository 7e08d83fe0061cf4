/** Where the client's own words go. Applications inject their logger; by default warnings and errors go to stderr. */
type KafkaLogLevel = 'debug' | 'info' | 'warn' | 'error';

export type KafkaLog = (level: KafkaLogLevel, message: string, context: Readonly<Record<string, unknown>>) => void;

export const logWarningsToStderr: KafkaLog = (level, message, context) => {
  if (level === 'debug' || level === 'info') return;
  process.stderr.write(`${JSON.stringify({ level, message, ...context })}\n`);
};
