// The standard objects of the org with the custom fields that an administrator has installed for the sync. The order
// of the fields is the order of the change event's schema, so the indexes of Account equal those of captured events
// (Industry 11, LastModifiedDate 22).
import { address, auditFields, field, idField, reference } from './field.ts';
import type { Field } from './field.ts';
import { ObjectType } from './object-type.ts';

const INDUSTRIES =
  'Agriculture,Apparel,Banking,Biotechnology,Chemicals,Construction,Consulting,Education,Electronics,Energy,Engineering,Finance,Food & Beverage,Government,Healthcare,Insurance,Manufacturing,Media,Retail,Technology,Telecommunications,Transportation,Utilities,Other';
const ACCOUNT_TYPES =
  'Prospect,Customer - Direct,Customer - Channel,Channel Partner / Reseller,Installation Partner,Technology Partner,Other';

function syncFields(): Field[] {
  return [
    field('Sync_Id__c', 'string', { length: 36, isExternalId: true, isUnique: true }),
    field('Sync_Stamp__c', 'string', { length: 80 }),
  ];
}

const owner = () => reference('OwnerId', 'User', { isNillable: false, eventRole: 'Owner' });

function account(): ObjectType {
  return new ObjectType({ name: 'Account', label: 'Account', labelPlural: 'Accounts', keyPrefix: '001' }, [
    idField(),
    field('Name', 'string', { isNillable: false, isNameField: true }),
    field('Type', 'picklist', { picklist: ACCOUNT_TYPES.split(',') }),
    reference('ParentId', 'Account'),
    ...address('BillingAddress'),
    ...address('ShippingAddress'),
    field('Phone', 'phone'),
    field('Fax', 'phone'),
    field('AccountNumber', 'string', { length: 40 }),
    field('Website', 'url'),
    field('Sic', 'string', { length: 20 }),
    field('Industry', 'picklist', { picklist: INDUSTRIES.split(',') }),
    field('AnnualRevenue', 'currency'),
    field('NumberOfEmployees', 'int', { precision: 8 }),
    field('Ownership', 'picklist', { picklist: ['Public', 'Private', 'Subsidiary', 'Other'] }),
    field('TickerSymbol', 'string', { length: 20 }),
    field('Description', 'textarea'),
    field('Rating', 'picklist', { picklist: ['Hot', 'Warm', 'Cold'] }),
    field('Site', 'string', { length: 80 }),
    owner(),
    ...auditFields(),
    field('AccountSource', 'picklist', {
      picklist: ['Web', 'Phone Inquiry', 'Partner Referral', 'Purchased List', 'Other'],
    }),
    field('SicDesc', 'string', { length: 80 }),
    ...syncFields(),
  ]);
}

function contact(): ObjectType {
  const namePart = { partOf: 'Name' };
  return new ObjectType({ name: 'Contact', label: 'Contact', labelPlural: 'Contacts', keyPrefix: '003' }, [
    idField(),
    reference('AccountId', 'Account', { cascadeDelete: true }),
    field('Name', 'string', {
      length: 121,
      isNillable: false,
      isNameField: true,
      isCreateable: false,
      isUpdateable: false,
      compound: 'PersonName',
    }),
    field('Salutation', 'picklist', {
      ...namePart,
      partName: 'Salutation',
      length: 40,
      picklist: ['Mr.', 'Ms.', 'Mrs.', 'Dr.', 'Prof.', 'Mx.'],
    }),
    field('FirstName', 'string', { ...namePart, partName: 'FirstName', length: 40 }),
    field('LastName', 'string', { ...namePart, partName: 'LastName', length: 80, isNillable: false }),
    ...address('OtherAddress'),
    ...address('MailingAddress'),
    field('Phone', 'phone'),
    field('Fax', 'phone'),
    field('MobilePhone', 'phone'),
    field('HomePhone', 'phone'),
    field('OtherPhone', 'phone'),
    field('AssistantPhone', 'phone'),
    reference('ReportsToId', 'Contact'),
    field('Email', 'email'),
    field('Title', 'string', { length: 128 }),
    field('Department', 'string', { length: 80 }),
    field('AssistantName', 'string', { length: 40 }),
    field('LeadSource', 'picklist', {
      picklist: ['Web', 'Phone Inquiry', 'Partner Referral', 'Purchased List', 'Other'],
    }),
    field('Birthdate', 'date'),
    field('Description', 'textarea'),
    owner(),
    ...auditFields(),
    field('HasOptedOutOfEmail', 'boolean'),
    field('DoNotCall', 'boolean'),
    ...syncFields(),
  ]);
}

/** Users exist only so that owners and editors can be looked up; they are not editable here. */
function user(): ObjectType {
  const readOnly = { isCreateable: false, isUpdateable: false, isNillable: false };
  return new ObjectType({ name: 'User', label: 'User', labelPlural: 'Users', keyPrefix: '005', isReadOnly: true }, [
    idField(),
    field('Username', 'string', { ...readOnly, length: 80 }),
    field('Name', 'string', { ...readOnly, length: 121, isNameField: true }),
    field('Email', 'email', readOnly),
    field('IsActive', 'boolean', readOnly),
    ...auditFields(),
  ]);
}

export function standardObjects(): ObjectType[] {
  return [account(), contact(), user()];
}
