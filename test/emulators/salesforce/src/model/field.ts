// What the org knows about an object: its fields with the attributes that describe reports, and how each appears in
// change events. Components of a compound field (BillingStreet of BillingAddress) are stored and written flat; in
// events they are children of a nested record with short names (Street).

export type FieldType =
  | 'id'
  | 'string'
  | 'textarea'
  | 'picklist'
  | 'multipicklist'
  | 'boolean'
  | 'int'
  | 'double'
  | 'currency'
  | 'percent'
  | 'date'
  | 'datetime'
  | 'time'
  | 'reference'
  | 'email'
  | 'phone'
  | 'url'
  | 'address'
  | 'location';

/** Named records of the event schema in which the parts of a field travel together. */
export type CompoundKind = 'Address' | 'Location' | 'PersonName';

/**
 * Attributes as describe names them, with four of our own: `compound` and `partOf` tie a compound to its parts,
 * `isInEvents` leaves out what change events never carry, `eventRole` is the first half of the schema's documentation.
 */
export type Field = {
  name: string;
  label: string;
  type: FieldType;
  length: number;
  precision: number;
  scale: number;
  isNillable: boolean;
  isCreateable: boolean;
  isUpdateable: boolean;
  isUnique: boolean;
  isExternalId: boolean;
  isCaseSensitive: boolean;
  isCustom: boolean;
  isNameField: boolean;
  compound: CompoundKind | null;
  partOf: string | null;
  partName: string | null;
  referenceTo: string[];
  relationshipName: string | null;
  cascadeDelete: boolean;
  picklist: string[];
  isRestrictedPicklist: boolean;
  defaultValue: Value;
  isInEvents: boolean;
  eventRole: string;
};

/** Dates and times are milliseconds since 1970, a time of day milliseconds since midnight. */
export type Value = string | number | boolean | null;

const LENGTHS: Partial<Record<FieldType, number>> = {
  id: 18,
  reference: 18,
  string: 255,
  textarea: 32_000,
  picklist: 255,
  multipicklist: 4099,
  email: 80,
  phone: 40,
  url: 255,
};

/** A field with the vendor's usual attributes for its type; `extra` names what differs. */
export function field(name: string, type: FieldType, extra: Partial<Field> = {}): Field {
  return {
    name,
    label: name.replace(/__c$/, '').replace(/([a-z])([A-Z])/g, '$1 $2'),
    type,
    length: LENGTHS[type] ?? 0,
    precision: type === 'currency' || type === 'double' || type === 'percent' ? 18 : 0,
    scale: type === 'double' ? 2 : 0,
    isNillable: type !== 'boolean',
    isCreateable: true,
    isUpdateable: true,
    isUnique: false,
    isExternalId: false,
    isCaseSensitive: false,
    isCustom: name.endsWith('__c'),
    isNameField: false,
    compound: null,
    partOf: null,
    partName: null,
    referenceTo: [],
    relationshipName: null,
    cascadeDelete: false,
    picklist: [],
    isRestrictedPicklist: false,
    defaultValue: type === 'boolean' ? false : null,
    isInEvents: true,
    eventRole: type === 'reference' ? 'ForeignKey' : 'Data',
    ...extra,
  };
}

const READ_ONLY = { isCreateable: false, isUpdateable: false } as const;

/** A lookup; the name of its relationship follows the vendor's habit (`AccountId` and `Account`, `Buyer__c` and `Buyer__r`). */
export function reference(name: string, to: string, extra: Partial<Field> = {}): Field {
  const relationshipName = name.endsWith('__c') ? name.replace(/__c$/, '__r') : name.replace(/Id$/, '');
  return field(name, 'reference', { referenceTo: [to], relationshipName, ...extra });
}

/** Address compound with its eight components. */
export function address(name: string): Field[] {
  const prefix = name.replace(/Address$/, '');
  const part = (partName: string, type: FieldType, extra: Partial<Field> = {}) =>
    field(prefix + partName, type, { partOf: name, partName, ...extra });
  return [
    field(name, 'address', { ...READ_ONLY, compound: 'Address' }),
    part('Street', 'textarea', { length: 255 }),
    part('City', 'string', { length: 40 }),
    part('State', 'string', { length: 80 }),
    part('PostalCode', 'string', { length: 20 }),
    part('Country', 'string', { length: 80 }),
    part('Latitude', 'double', { scale: 15 }),
    part('Longitude', 'double', { scale: 15 }),
    part('GeocodeAccuracy', 'picklist', { length: 40 }),
  ];
}

/** A custom geolocation field with its two components. */
export function location(name: string): Field[] {
  const stem = name.replace(/__c$/, '');
  const part = (partName: string) =>
    field(`${stem}__${partName}__s`, 'double', { partOf: name, partName, scale: 15, isCustom: true });
  return [field(name, 'location', { ...READ_ONLY, compound: 'Location' }), part('Latitude'), part('Longitude')];
}

/** The fields that the platform itself keeps on every record, in the order in which change events carry them. */
export function auditFields(): Field[] {
  const readOnly = { ...READ_ONLY, isNillable: false };
  return [
    field('CreatedDate', 'datetime', { ...readOnly, eventRole: 'CreatedDate' }),
    reference('CreatedById', 'User', { ...readOnly, eventRole: 'CreatedBy' }),
    field('LastModifiedDate', 'datetime', { ...readOnly, eventRole: 'LastModifiedDate' }),
    reference('LastModifiedById', 'User', { ...readOnly, eventRole: 'LastModifiedBy' }),
    field('SystemModstamp', 'datetime', { ...readOnly, isInEvents: false }),
    field('IsDeleted', 'boolean', { ...readOnly, isInEvents: false }),
  ];
}

/** Events name their records in the header, so the id is no field of theirs. */
export function idField(): Field {
  return field('Id', 'id', { ...READ_ONLY, isNillable: false, isInEvents: false });
}
