// Deciding
export { decide, level, step } from './step.ts';
export type { IssuedCommand, StepResult } from './step.ts';
export { evolve } from './evolve.ts';
export { absorb, detach } from './identity.ts';
export type {
  ConflictKind,
  ConflictResolved,
  ConflictSide,
  Decision,
  FieldChange,
  FieldSighting,
  LoopDetected,
  PolicyName,
  ReviewOpened,
} from './decisions.ts';

// Telling
export { explain } from './explain.ts';
export { showTime, showValue } from './words.ts';

// State
export { EXISTS, initialState } from './state.ts';
export type { CanonicalValue, RecordState, Shadow, SystemState } from './state.ts';
export { decodeState, encodeState, StateFormatError } from './encoding.ts';

// Values
export { project, same, sameInCoarser } from './projection.ts';

// Vocabulary
export type * from './types.ts';
