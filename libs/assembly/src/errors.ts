export class NoPlansError extends Error {
  readonly code = 'store.plan_missing';
  readonly reaction = 'halt';
  readonly hint = 'Run `concord apply` with your config; the services read what it stores.';

  constructor() {
    super('the store holds no plan of any entity, so there is nothing to keep in step');
    this.name = 'NoPlansError';
  }
}
