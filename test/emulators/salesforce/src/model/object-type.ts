// An object of the org: its fields by name (names are matched without regard to case, as the vendor does) and the
// tree of fields in the order in which its change events carry them.
import { Automation } from '../automation/automation.ts';
import type { Field } from './field.ts';

export type ObjectFacts = {
  name: string;
  label: string;
  labelPlural: string;
  keyPrefix: string;
  isReadOnly?: boolean;
};

/** One field of a change event's body; `parts` holds the children of a compound. */
export type EventField = { field: Field; parts: Field[] };

export class ObjectType {
  readonly facts: ObjectFacts;
  readonly automation = new Automation(this);
  readonly #fields: Field[] = [];
  readonly #byName = new Map<string, Field>();
  readonly #byRelationship = new Map<string, Field>();
  readonly #parts = new Map<string, Field[]>();

  constructor(facts: ObjectFacts, fields: Field[]) {
    this.facts = facts;
    for (const each of fields) this.addField(each);
  }

  get name(): string {
    return this.facts.name;
  }

  get fields(): readonly Field[] {
    return this.#fields;
  }

  addField(added: Field): void {
    this.#fields.push(added);
    this.#byName.set(added.name.toLowerCase(), added);
    if (added.relationshipName) this.#byRelationship.set(added.relationshipName.toLowerCase(), added);
    if (added.partOf) {
      const siblings = this.#parts.get(added.partOf) ?? [];
      siblings.push(added);
      this.#parts.set(added.partOf, siblings);
    }
  }

  find(name: string): Field | undefined {
    return this.#byName.get(name.toLowerCase());
  }

  findByRelationship(name: string): Field | undefined {
    return this.#byRelationship.get(name.toLowerCase());
  }

  partsOf(compound: string): Field[] {
    return this.#parts.get(compound) ?? [];
  }

  /** The change event is named after the object; of a custom one the suffix moves to the end. */
  get eventName(): string {
    return this.name.endsWith('__c') ? this.name.replace(/__c$/, '__ChangeEvent') : `${this.name}ChangeEvent`;
  }

  eventFields(): EventField[] {
    return this.#fields
      .filter((each) => each.isInEvents && each.partOf === null)
      .map((each) => ({ field: each, parts: this.partsOf(each.name) }));
  }
}
