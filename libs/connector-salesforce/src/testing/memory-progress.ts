/** A ProgressStore that forgets nothing between sinks of one test. */
import type { ProgressStore, StreamProgress } from '@concord/connector-kit';

export class MemoryProgress implements ProgressStore {
  readonly rows = new Map<string, StreamProgress>();
  /** Called before `finish` takes effect: throw to play a crash after the calls. */
  beforeFinish: () => void = () => undefined;

  async load(streams: readonly string[]): Promise<StreamProgress[]> {
    return streams.flatMap((stream) => this.rows.get(stream) ?? []);
  }

  async intend(progress: readonly StreamProgress[]): Promise<void> {
    for (const one of progress) this.rows.set(one.stream, one);
  }

  async finish(progress: readonly StreamProgress[]): Promise<void> {
    this.beforeFinish();
    for (const one of progress) this.rows.set(one.stream, one);
  }
}
