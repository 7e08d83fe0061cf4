/** What the readers of a sync's parts share. */
import type { FaultCode } from './fault.ts';
import type { NamedSystem } from './roles.ts';
import type { CanonicalSync } from './shapes/document.ts';
import type { MapTree, Path } from './tree.ts';

export type SyncContext = {
  readonly plain: CanonicalSync;
  readonly tree: MapTree;
  readonly systems: readonly NamedSystem[];
  readonly fault: (code: FaultCode, path: Path, message: string, remedy: string) => void;
};
