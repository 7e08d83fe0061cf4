/**
 * The guard: what makes Salesforce refuse a write of ours that was decided without knowing the record's latest state.
 *
 * The org counts every save of a record in `Sync_Rev__c`, by a flow that runs before the save. A write of ours carries the
 * count that it has seen in `Sync_Base__c`, and a validation rule refuses it if the stored count is another by now. Only
 * writes that change the stamp are judged; people and their integrations are not aware of the rule.
 *
 * Both formulas spell out what a blank means, since Salesforce compares blanks differently from place to place, and records
 * older than the guard have no count yet.
 */
import { SYNC_BASE_FIELD, SYNC_REVISION_FIELD, SYNC_STAMP_FIELD } from '../connection.ts';
import type { ObjectDescription } from '../describe/describe.ts';
import type { RowError, SalesforceRest } from '../rest/rest-client.ts';

/** The text by which a refusal of this rule is told from one of the org's own rules. */
const GUARD_MARK = 'CONCORD_STALE';

/** The org's metadata for one object, in the words of the Metadata API. */
export const guardMetadata = {
  fields: [
    { fullName: SYNC_REVISION_FIELD, type: 'Number', precision: 18, scale: 0, label: 'Sync Revision' },
    { fullName: SYNC_BASE_FIELD, type: 'Number', precision: 18, scale: 0, label: 'Sync Base' },
  ],
  flow: {
    fullName: 'Sync_Revision',
    recordTriggerType: 'CreateAndUpdate',
    assignments: [{ field: SYNC_REVISION_FIELD, formula: `BLANKVALUE(${SYNC_REVISION_FIELD}, 0) + 1` }],
  },
  validationRule: {
    fullName: 'Sync_Guard',
    active: true,
    errorConditionFormula: `AND(NOT(ISNEW()), ISCHANGED(${SYNC_STAMP_FIELD}), OR(ISBLANK(${SYNC_BASE_FIELD}), ${SYNC_BASE_FIELD} <> BLANKVALUE(PRIORVALUE(${SYNC_REVISION_FIELD}), 0)))`,
    errorMessage: `${GUARD_MARK}: the record was saved by somebody else since it was read`,
  },
} as const;

/** Whether the object has the guard's fields, so that writes must carry what they have seen. */
function isGuarded({ fields }: ObjectDescription): boolean {
  const base = fields.find(({ name }) => name === SYNC_BASE_FIELD);
  return base?.updateable === true && fields.some(({ name }) => name === SYNC_REVISION_FIELD);
}

/** What is weaker without the guard, in a sentence for those who plan a sync; null when it is there. */
export function unguardedWarning(description: ObjectDescription): string | null {
  if (isGuarded(description)) return null;
  return (
    `writes to ${description.name} are unguarded: an edit that a user makes while a write is under way can be overwritten for a ` +
    `moment and come back; ${SYNC_REVISION_FIELD}, ${SYNC_BASE_FIELD}, a flow and a validation rule rule that out`
  );
}

export function isGuardRefusal({ code, message }: RowError): boolean {
  return code === 'FIELD_CUSTOM_VALIDATION_EXCEPTION' && message.includes(GUARD_MARK);
}

/** The base to send for a row that was read with this count. */
export function baseOf(revision: unknown): number {
  return revision === null || revision === undefined ? 0 : Number(revision);
}

/** Which objects are guarded, asked once for each; an answer that did not come is asked for again. */
export class Guards {
  readonly #rest: SalesforceRest;
  readonly #known = new Map<string, Promise<boolean>>();

  constructor(rest: SalesforceRest) {
    this.#rest = rest;
  }

  /** A refusal by a guard that is not known of: it was installed meanwhile. */
  refused(object: string): void {
    const known = this.#known.get(object);
    void known?.then((isThere) => (isThere ? undefined : this.#known.delete(object))).catch(() => undefined);
  }

  async has(object: string): Promise<boolean> {
    let known = this.#known.get(object);
    if (known === undefined) {
      known = this.#rest.describe(object).then(isGuarded);
      this.#known.set(object, known);
      known.catch(() => this.#known.delete(object));
    }
    return await known;
  }
}
