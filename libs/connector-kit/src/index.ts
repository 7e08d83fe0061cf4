// The ports between Concord and any system it keeps in step.
export type { SourceFact, NativeReference } from './source.ts';
export type { ChangeSink, TargetCommand, TargetOutcome, ProgressStore, StreamProgress } from './sink.ts';
export { ConnectorError, type Reaction } from './errors.ts';
export { PreparedNames } from './prepared-names.ts';
