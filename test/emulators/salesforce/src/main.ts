// The process: reads its options, starts, tells where it listens in one line of JSON, and stops cleanly on a signal.
import { startEmulator } from './emulator.ts';
import { FormulaError } from './automation/formula-tokens.ts';
import { DefinitionError } from './model/definition-file.ts';
import { OptionError, helpText, readOptions } from './options.ts';

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options === null) {
    process.stdout.write(helpText());
    return;
  }
  const emulator = await startEmulator(options);
  const stop = (): void => {
    void emulator.close().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  const { organizationId, clientId, dataDirectory, tls } = options;
  const ready = { ready: true, http: emulator.httpUrl, grpc: emulator.grpcAddress, organizationId, clientId };
  process.stdout.write(`${JSON.stringify({ ...ready, dataDirectory, tls: tls !== null })}\n`);
}

main().catch((error: unknown) => {
  const isExpected =
    error instanceof OptionError ||
    error instanceof DefinitionError ||
    error instanceof FormulaError ||
    (error as { code?: string }).code === 'EADDRINUSE';
  process.stderr.write(`${isExpected ? (error as Error).message : ((error as Error).stack ?? String(error))}\n`);
  process.exit(1);
});
