/** One connected system as the commands need it. */
import type { Environment, SyncEnd, SystemConfig } from '@concord/config';
import type { EntityPlan } from '@concord/contracts';
import { AbsentError } from '../output/failure.ts';
import type { DescribedObject } from '../plan/described.ts';
import type { PlanFault } from '../plan/finding.ts';
import { openPostgres } from './postgres.ts';
import { openSalesforce } from './salesforce.ts';

export type OpenSystem = {
  /** Throws a PlanError when the object is not there, or the connector's error when the system cannot be asked. */
  describe(end: SyncEnd): Promise<DescribedObject>;
  /** What the system lacks for the plan: rights, fields of ours. */
  check(end: SyncEnd, plan: EntityPlan | null): Promise<PlanFault[]>;
  /** Prepares the system for its plans; says in a line each what it did. Safe to repeat. */
  setUp(plans: readonly EntityPlan[]): Promise<string[]>;
  close(): Promise<void>;
};

export function openSystem(config: SystemConfig, environment: Environment): OpenSystem {
  switch (config.type) {
    case 'postgres':
      return openPostgres(config, environment);
    case 'salesforce':
      return openSalesforce(config);
    case 'netsuite':
    case 'zendesk': {
      const message = `the system "${config.name}" (${config.type}) is accepted in a config but cannot be connected yet`;
      throw new AbsentError('plan.no_connector', message, 'Take the syncs that use it out for now.');
    }
  }
}
