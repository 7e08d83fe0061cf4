/** One run on a few lines, for whoever watches. */
import type { Run } from './measure.ts';
import type { Usage } from './processes.ts';

export function summaryOf({ name, insert, update, latency, topics }: Run): string {
  const rate = ({ rowsPerSecond, settledRowsPerSecond }: Run['insert']) =>
    `${whole(rowsPerSecond)} rows/s (${whole(settledRowsPerSecond)} until settled)`;
  const ms = (value: number) => value.toFixed(1);
  return [
    name,
    `  inserts  ${rate(insert)}`,
    `           CPU s: ${usageText(insert.cpuSeconds)}`,
    `  updates  ${rate(update)}`,
    `           CPU s: ${usageText(update.cpuSeconds)}`,
    `  latency  p50 ${ms(latency.p50)} p90 ${ms(latency.p90)} p99 ${ms(latency.p99)} max ${ms(latency.max)} ms, commit to commit p50 ${ms(latency.commitToCommitP50)} ms (${latency.samples})`,
    `           CPU s: ${usageText(latency.cpuSeconds)}`,
    `  topics   ${topics.map(({ topic, bytes }) => `${topic} ${(bytes / 1e6).toFixed(1)} MB`).join(', ')}`,
  ].join('\n');
}

const whole = (value: number) => Math.round(value).toLocaleString('en');

function usageText(usage: Usage): string {
  return Object.entries(usage)
    .map(([name, seconds]) => `${name} ${seconds.toFixed(1)}`)
    .join(', ');
}
