/**
 * A histogram for what happens a hundred thousand times a second. prom-client looks up the labels on every observation; here
 * a series is looked up once per batch and an observation is a search over 16 bounds. It speaks prom-client's collector
 * interface, so the registry shows it like any other histogram.
 */
import type { Registry } from 'prom-client';

type Labels = Readonly<Record<string, string>>;
type Sample = { labels: Record<string, string | number>; value: number; metricName: string };

/** Seconds. Dense where users feel the difference, and up to an hour, since a target may be down that long. */
const lagBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600];

class LagSeries {
  readonly labels: Labels;
  /** Observations at or under each bound, each counted once; the last place is for those above all. */
  readonly counts = new Float64Array(lagBounds.length + 1);
  sum = 0;

  constructor(labels: Labels) {
    this.labels = labels;
  }

  observe(seconds: number): void {
    let place = 0;
    while (place < lagBounds.length && seconds > (lagBounds[place] ?? 0)) place += 1;
    this.counts[place] = (this.counts[place] ?? 0) + 1;
    this.sum += seconds;
  }
}

export class LagHistogram {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly #series = new Map<string, LagSeries>();

  constructor(options: { name: string; help: string; labelNames: readonly string[]; registry: Registry }) {
    this.name = options.name;
    this.help = options.help;
    this.labelNames = options.labelNames;
    options.registry.registerMetric(this as never);
  }

  /** Values in the order of the label names. */
  series(...values: string[]): LagSeries {
    const key = values.join('\u0000');
    let series = this.#series.get(key);
    if (series === undefined) {
      series = new LagSeries(Object.fromEntries(this.labelNames.map((name, index) => [name, values[index] ?? ''])));
      this.#series.set(key, series);
    }
    return series;
  }

  async get() {
    const values = [...this.#series.values()].flatMap((series) => this.#samples(series));
    return { name: this.name, help: this.help, type: 'histogram', aggregator: 'sum', values };
  }

  reset(): void {
    this.#series.clear();
  }

  #samples({ labels, counts, sum }: LagSeries): Sample[] {
    let count = 0;
    const buckets = [...lagBounds, '+Inf'].map((bound, place) => {
      count += counts[place] ?? 0;
      return { metricName: `${this.name}_bucket`, labels: { ...labels, le: bound }, value: count };
    });
    return [
      ...buckets,
      { metricName: `${this.name}_sum`, labels: { ...labels }, value: sum },
      { metricName: `${this.name}_count`, labels: { ...labels }, value: count },
    ];
  }
}
