// What the API tells about itself and about objects and their fields.
import type { FastifyInstance } from 'fastify';
import type { Field } from '../model/field.ts';
import type { ObjectType } from '../model/object-type.ts';
import type { Org } from '../store/org.ts';
import { isNotModified } from './conditional.ts';
import { objectOf, pathOf } from './context.ts';
import type { RestParts } from './context.ts';

const SOAP_TYPES: Partial<Record<Field['type'], string>> = {
  id: 'tns:ID',
  reference: 'tns:ID',
  boolean: 'xsd:boolean',
  int: 'xsd:int',
  double: 'xsd:double',
  currency: 'xsd:double',
  percent: 'xsd:double',
  date: 'xsd:date',
  datetime: 'xsd:dateTime',
  time: 'xsd:time',
  address: 'urn:address',
  location: 'urn:location',
};

export function registerDescribe(app: FastifyInstance, { org }: RestParts): void {
  const startedAt = Math.floor(org.now() / 1000) * 1000;

  app.get('/sobjects', (request, reply) => {
    if (isNotModified(request, reply, startedAt)) return reply.send();
    const sobjects = org.catalogue.all().map((type) => summary(type, pathOf(request).version));
    return { encoding: 'UTF-8', maxBatchSize: 200, sobjects };
  });

  app.get('/sobjects/:object', (request) => {
    const type = objectOf(org, pathOf(request).object);
    return { objectDescribe: summary(type, pathOf(request).version), recentItems: [] };
  });

  app.get('/sobjects/:object/describe', (request, reply) => {
    const type = objectOf(org, pathOf(request).object);
    if (isNotModified(request, reply, startedAt)) return reply.send();
    return {
      ...summary(type, pathOf(request).version),
      fields: type.fields.map(describeField),
      childRelationships: childRelationships(org, type),
      recordTypeInfos: [],
      supportedScopes: [{ label: `All ${type.facts.labelPlural}`, name: 'everything' }],
    };
  });
}

function summary(type: ObjectType, version: string): object {
  const url = `/services/data/${version}/sobjects/${type.name}`;
  const isWriteable = !type.facts.isReadOnly;
  return {
    name: type.name,
    label: type.facts.label,
    labelPlural: type.facts.labelPlural,
    keyPrefix: type.facts.keyPrefix,
    custom: type.name.endsWith('__c'),
    customSetting: false,
    createable: isWriteable,
    updateable: isWriteable,
    deletable: isWriteable,
    undeletable: isWriteable,
    mergeable: false,
    queryable: true,
    retrieveable: true,
    replicateable: true,
    searchable: true,
    triggerable: true,
    layoutable: true,
    activateable: false,
    deprecatedAndHidden: false,
    feedEnabled: false,
    urls: { sobject: url, describe: `${url}/describe`, rowTemplate: `${url}/{ID}` },
  };
}

function describeField(field: Field): object {
  const isText = [
    'string',
    'textarea',
    'picklist',
    'multipicklist',
    'email',
    'phone',
    'url',
    'id',
    'reference',
  ].includes(field.type);
  return {
    name: field.name,
    label: field.label,
    type: field.type,
    length: isText ? field.length : 0,
    byteLength: isText ? field.length * 3 : 0,
    digits: field.type === 'int' ? field.precision || 9 : 0,
    precision: field.type === 'int' ? 0 : field.precision,
    scale: field.scale,
    soapType: SOAP_TYPES[field.type] ?? 'xsd:string',
    nillable: field.isNillable,
    createable: field.isCreateable,
    updateable: field.isUpdateable,
    defaultedOnCreate:
      !field.isNillable && (!field.isCreateable || field.type === 'boolean' || field.name === 'OwnerId'),
    defaultValue: field.type === 'boolean' ? field.defaultValue : null,
    calculated: false,
    calculatedFormula: null,
    autoNumber: false,
    externalId: field.isExternalId,
    idLookup: field.isExternalId || field.type === 'id',
    unique: field.isUnique,
    caseSensitive: field.isCaseSensitive,
    custom: field.isCustom,
    nameField: field.isNameField,
    compoundFieldName: field.partOf,
    extraTypeInfo: field.type === 'textarea' ? 'plaintextarea' : null,
    picklistValues: field.picklist.map((value) => ({
      active: true,
      defaultValue: false,
      label: value,
      validFor: null,
      value,
    })),
    restrictedPicklist: field.isRestrictedPicklist,
    dependentPicklist: false,
    controllerName: null,
    referenceTo: field.referenceTo,
    relationshipName: field.relationshipName,
    namePointing: false,
    polymorphicForeignKey: false,
    cascadeDelete: field.cascadeDelete,
    restrictedDelete: false,
    writeRequiresMasterRead: false,
    encrypted: false,
    filterable: field.compound === null || field.compound === 'PersonName',
    sortable: field.compound === null || field.compound === 'PersonName',
    groupable: isText,
    aggregatable: field.compound === null,
    permissionable: field.isNillable && field.isCreateable,
    deprecatedAndHidden: false,
    htmlFormatted: false,
    inlineHelpText: null,
    mask: null,
    maskType: null,
  };
}

function childRelationships(org: Org, type: ObjectType): object[] {
  return org.catalogue.referrersOf(type.name).map(({ object, field }) => ({
    childSObject: object.name,
    field: field.name,
    relationshipName: field.isCustom ? field.name.replace(/__c$/, 's__r') : object.facts.labelPlural,
    cascadeDelete: field.cascadeDelete,
    restrictedDelete: false,
    deprecatedAndHidden: false,
  }));
}
