// What an administrator has built on an object: before-save flows, which change only the record that is being saved, and
// validation rules, which refuse it. Both are given as the vendor's metadata names them; formulas are checked on installation.
import { ApiError } from '../errors.ts';
import type { ObjectType } from '../model/object-type.ts';
import { normalize } from '../store/normalize.ts';
import { withValues } from '../store/record.ts';
import type { StoredRecord } from '../store/record.ts';
import { FormulaError } from './formula-tokens.ts';
import { compileFormula } from './formula.ts';
import type { Formula } from './formula.ts';

/** A record-triggered flow that runs before the save: under its condition, fields of the record get new values. */
export type FlowDefinition = {
  fullName: string;
  active?: boolean;
  recordTriggerType?: 'Create' | 'Update' | 'CreateAndUpdate';
  filterFormula?: string;
  assignments: { field: string; formula: string }[];
};

/** Refuses a save for which its formula holds. Without a field the message stands at the top of the page. */
export type ValidationRuleDefinition = {
  fullName: string;
  active?: boolean;
  errorConditionFormula: string;
  errorMessage: string;
  errorDisplayField?: string;
};

type Flow = { runsOn: string; condition: Formula; assignments: { field: string; value: Formula }[] };
type Rule = { condition: Formula; error: ApiError };

export class Automation {
  readonly #type: ObjectType;
  readonly #flows = new Map<string, Flow>();
  readonly #rules = new Map<string, Rule>();

  constructor(type: ObjectType) {
    this.#type = type;
  }

  /** A flow or rule takes the place of the former one of its name, also by becoming inactive. */
  installFlow(definition: FlowDefinition): void {
    const { fullName, active = true, recordTriggerType = 'CreateAndUpdate', filterFormula = 'TRUE' } = definition;
    const flow: Flow = {
      runsOn: recordTriggerType,
      condition: this.#compile(filterFormula, fullName),
      assignments: definition.assignments.map(({ field, formula }) => {
        const found = this.#type.find(field);
        if (!found) throw new FormulaError(`${fullName}: ${this.#type.name} has no field ${field}.`);
        return { field: found.name, value: this.#compile(formula, fullName) };
      }),
    };
    if (active) this.#flows.set(fullName, flow);
    else this.#flows.delete(fullName);
  }

  installValidationRule(definition: ValidationRuleDefinition): void {
    const { fullName, active = true, errorConditionFormula, errorMessage, errorDisplayField } = definition;
    const condition = this.#compile(errorConditionFormula, fullName);
    const fields = errorDisplayField === undefined ? [] : [errorDisplayField];
    const error = new ApiError('FIELD_CUSTOM_VALIDATION_EXCEPTION', errorMessage, { fields });
    if (active) this.#rules.set(fullName, { condition, error });
    else this.#rules.delete(fullName);
  }

  /** The record as the flows leave it; a later flow sees what an earlier one has set. */
  runBeforeSaveFlows(before: StoredRecord | undefined, record: StoredRecord): StoredRecord {
    const type = this.#type;
    let after = record;
    for (const { runsOn, condition, assignments } of this.#flows.values()) {
      if (runsOn === (before ? 'Create' : 'Update') || condition({ type, before, after }) !== true) continue;
      for (const { field, value } of assignments) {
        const set = normalize(type.find(field)!, value({ type, before, after }));
        after = withValues(after, { [field]: set });
      }
    }
    return after;
  }

  /** Comes after flows and triggers: the rules judge what would be stored. */
  checkValidationRules(before: StoredRecord | undefined, after: StoredRecord): void {
    for (const { condition, error } of this.#rules.values()) {
      if (condition({ type: this.#type, before, after }) === true) throw error;
    }
  }

  #compile(formula: string, fullName: string): Formula {
    try {
      return compileFormula(formula, this.#type);
    } catch (cause) {
      if (!(cause instanceof FormulaError)) throw cause;
      throw new FormulaError(`${fullName}: ${cause.message}`, { cause });
    }
  }
}
