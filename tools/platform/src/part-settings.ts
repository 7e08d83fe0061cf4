import type { JvmFolders } from './jvm-parts.ts';
import type { Ports } from './ports.ts';
import type { ProcessDeath } from './types.ts';

/** What every part needs to know to be started. */
export type PartSettings = {
  dataDir: string;
  ports: Ports;
  onDeath: ((death: ProcessDeath) => void) | undefined;
};

export type JvmPartSettings = PartSettings & { jvm: JvmFolders; heapMegabytes: number };
