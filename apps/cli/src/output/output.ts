/** Results go to standard output, progress and troubles to standard error, so that output can be piped. */
import pc from 'picocolors';

type Sink = { write(text: string): unknown; readonly isTTY?: boolean };

export type OutputOptions = {
  readonly json: boolean;
  readonly color: boolean;
  readonly debug: boolean;
  readonly stdout?: Sink;
  readonly stderr?: Sink;
};

export class Output {
  readonly isJson: boolean;
  readonly isDebug: boolean;
  readonly #stdout: Sink;
  readonly #stderr: Sink;
  readonly #colors: ReturnType<typeof pc.createColors>;

  constructor({ json, color, debug, stdout = process.stdout, stderr = process.stderr }: OutputOptions) {
    this.isJson = json;
    this.isDebug = debug;
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#colors = pc.createColors(color && stderr.isTTY === true);
  }

  /** For people; with --json nothing. */
  print(text: string): void {
    if (!this.isJson) this.#stdout.write(`${text}\n`);
  }

  /** The whole result, for programs. */
  data(value: unknown): void {
    if (this.isJson) this.#stdout.write(`${JSON.stringify(value, jsonValue, 2)}\n`);
  }

  /** Results of any number, each a line of JSON, with --json or without. */
  lines(values: readonly unknown[]): void {
    this.#stdout.write(values.map((value) => `${JSON.stringify(value, jsonValue)}\n`).join(''));
  }

  /** A step that is done. */
  step(text: string): void {
    this.#stderr.write(`${this.#colors.green('✓')} ${text}\n`);
  }

  note(text: string): void {
    this.#stderr.write(`${this.#colors.yellow('·')} ${text}\n`);
  }

  trouble(text: string, remedy: string | null = null): void {
    this.#stderr.write(`${this.#colors.red('✗')} ${text}\n`);
    if (remedy !== null) this.#stderr.write(`    ${this.#colors.dim(remedy)}\n`);
  }

  detail(text: string): void {
    this.#stderr.write(`${this.#colors.dim(text)}\n`);
  }
}

function jsonValue(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
