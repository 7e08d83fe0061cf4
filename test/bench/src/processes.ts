/**
 * CPU seconds and memory of processes, from Linux' /proc. A child that has ended is counted with its parent once the parent
 * has waited for it, as Postgres' postmaster does for its backends. On other systems nothing is reported.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const ticksPerSecond = 100;

export type Usage = Readonly<Record<string, number>>;

export const canMeasureProcesses = existsSync('/proc/self/stat');

/** CPU seconds so far per name, a process together with all its descendants. */
export function cpuSeconds(processes: Readonly<Record<string, number>>): Usage {
  if (!canMeasureProcesses) return {};
  const all = readAll();
  const sum = (pid: number): number => {
    const own = all.get(pid);
    if (own === undefined) return 0;
    return own.children.reduce((total, child) => total + sum(child), own.ticks);
  };
  return Object.fromEntries(Object.entries(processes).map(([name, pid]) => [name, sum(pid) / ticksPerSecond]));
}

export function difference(before: Usage, after: Usage): Usage {
  return Object.fromEntries(Object.entries(after).map(([name, seconds]) => [name, seconds - (before[name] ?? 0)]));
}

/** The most memory a process has held so far, in megabytes. */
export function peakMegabytes(pid: number): number | undefined {
  try {
    const found = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return found === null ? undefined : Number(found[1]) / 1024;
  } catch {
    return undefined;
  }
}

type Process = { ticks: number; children: number[] };

function readAll(): Map<number, Process> {
  const found = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map((entry) => readStat(Number(entry)))
    .filter((stat) => stat !== undefined);
  const all = new Map<number, Process>(found.map(({ pid, ticks }) => [pid, { ticks, children: [] }]));
  for (const { pid, parent } of found) all.get(parent)?.children.push(pid);
  return all;
}

/** The name in the second field may hold spaces and brackets: the numbers begin behind the last bracket. */
function readStat(pid: number): { pid: number; parent: number; ticks: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const at = (field: number) => Number(fields[field - 3]);
    return { pid, parent: at(4), ticks: at(14) + at(15) + at(16) + at(17) };
  } catch {
    return undefined;
  }
}
