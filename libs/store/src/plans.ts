/** The plans in force: one per entity, written by `concord apply`, read by every service at start. */
import type { EntityPlan } from '@concord/contracts';
import type { Database, Row } from './database.ts';

export class Plans {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async load(): Promise<EntityPlan[]> {
    const rows = await this.#database.query<Row & { plan: EntityPlan }>('SELECT plan FROM entity_plan ORDER BY entity');
    return rows.map((row) => row.plan);
  }

  /** Stores a plan; its version rises only when it differs from the one in force. */
  async save(plan: EntityPlan): Promise<void> {
    await this.#database.query(
      `INSERT INTO entity_plan AS e (entity, plan) VALUES ($1, $2)
       ON CONFLICT (entity) DO UPDATE SET plan = excluded.plan, version = e.version + 1, applied_at = now() WHERE e.plan <> excluded.plan`,
      [plan.entity, JSON.stringify(plan)],
    );
  }
}
