export class UnknownTargetError extends Error {
  readonly code = 'config.reference';
  readonly reaction = 'halt';
  readonly hint =
    'Name the system with its type and credentials under "systems" in the config, or run `concord apply` with a config without it.';

  constructor(system: string) {
    super(`the plans name the system "${system}", but the config of this service does not say how to reach it`);
    this.name = 'UnknownTargetError';
  }
}
