// Reads custom fields, objects and channels from JSON:
//   { "objects":  [{ "name": "Invoice__c", "label": "Invoice", "keyPrefix": "a00", "fields": [{ "name": "Total__c", "type": "currency" }] }],
//     "fields":   { "Account": [{ "name": "Tier__c", "type": "picklist", "picklist": ["Gold", "Silver"] }] },
//     "flows":    { "Account": [{ "fullName": "Revision", "assignments": [{ "field": "Rev__c", "formula": "BLANKVALUE(Rev__c, 0) + 1" }] }] },
//     "validationRules": { "Account": [{ "fullName": "Closed", "errorConditionFormula": "ISCHANGED(Site)", "errorMessage": "..." }] },
//     "channels": { "Sales__chn": ["Account", "Contact"] } }
// A field may carry any attribute of `Field` besides its name and type; for flows and rules see src/automation.
import type { FlowDefinition, ValidationRuleDefinition } from '../automation/automation.ts';
import { auditFields, field, idField, location, reference } from './field.ts';
import type { Field, FieldType } from './field.ts';
import type { Catalogue } from './catalogue.ts';
import { ObjectType } from './object-type.ts';

type FieldDefinition = Partial<Field> & { name: string; type: FieldType };
type ObjectDefinition = {
  name: string;
  label?: string;
  labelPlural?: string;
  keyPrefix?: string;
  fields?: FieldDefinition[];
};
export type Definitions = {
  objects?: ObjectDefinition[];
  fields?: Record<string, FieldDefinition[]>;
  flows?: Record<string, FlowDefinition[]>;
  validationRules?: Record<string, ValidationRuleDefinition[]>;
  channels?: Record<string, string[]>;
};

export class DefinitionError extends Error {
  override name = 'DefinitionError';
}

export function addDefinitions(catalogue: Catalogue, definitions: Definitions): void {
  for (const each of definitions.objects ?? []) addObject(catalogue, each);
  for (const [objectName, fields] of Object.entries(definitions.fields ?? {})) {
    for (const each of fields) addCustomField(catalogue, objectName, each);
  }
  for (const [objectName, flows] of Object.entries(definitions.flows ?? {})) {
    for (const each of flows) objectOf(catalogue, objectName, each.fullName).automation.installFlow(each);
  }
  for (const [objectName, rules] of Object.entries(definitions.validationRules ?? {})) {
    for (const each of rules) {
      objectOf(catalogue, objectName, each.fullName).automation.installValidationRule(each);
    }
  }
  for (const [channel, entities] of Object.entries(definitions.channels ?? {})) {
    catalogue.channels.set(channel, entities);
  }
}

function addCustomField(catalogue: Catalogue, objectName: string, definition: FieldDefinition): void {
  const object = objectOf(catalogue, objectName, definition.name);
  if (object.find(definition.name)) throw new DefinitionError(`${objectName} already has a field ${definition.name}.`);
  for (const each of fieldsOf(definition)) object.addField(each);
}

function objectOf(catalogue: Catalogue, name: string, carried: string): ObjectType {
  const object = catalogue.find(name);
  if (!object) throw new DefinitionError(`There is no object ${name} to carry ${carried}.`);
  return object;
}

function addObject(catalogue: Catalogue, definition: ObjectDefinition): void {
  if (catalogue.find(definition.name)) throw new DefinitionError(`There is already an object ${definition.name}.`);
  const label = definition.label ?? definition.name.replace(/__c$/, '').replaceAll('_', ' ');
  const keyPrefix = definition.keyPrefix ?? nextKeyPrefix(catalogue);
  const custom = (definition.fields ?? []).flatMap(fieldsOf);
  const hasName = custom.some((each) => each.name === 'Name');
  catalogue.add(
    new ObjectType({ name: definition.name, label, labelPlural: definition.labelPlural ?? `${label}s`, keyPrefix }, [
      idField(),
      reference('OwnerId', 'User', { isNillable: false, eventRole: 'Owner' }),
      ...(hasName ? [] : [field('Name', 'string', { length: 80, isNameField: true })]),
      ...auditFields(),
      ...custom,
    ]),
  );
}

function fieldsOf(definition: FieldDefinition): Field[] {
  const { name, type, ...extra } = definition;
  if (!name || !type) throw new DefinitionError(`A field needs a name and a type: ${JSON.stringify(definition)}`);
  if (type === 'location') return location(name);
  if (type === 'reference') return [reference(name, extra.referenceTo?.[0] ?? 'User', extra)];
  return [field(name, type, extra)];
}

function nextKeyPrefix(catalogue: Catalogue): string {
  const taken = new Set(catalogue.all().map((each) => each.facts.keyPrefix));
  for (let number = 0; ; number++) {
    const prefix = `a${number.toString(36).padStart(2, '0')}`;
    if (!taken.has(prefix)) return prefix;
  }
}
