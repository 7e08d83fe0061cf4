/** Account change events for tests, encoded by avsc from a schema of the shape that real orgs have. */
import avro from 'avsc';
import type { WireEvent } from '../pubsub/transport.ts';

const text = (name: string): object => ({ name, type: ['null', 'string'], default: null });
const long = (name: string): object => ({ name, type: ['null', 'long'], default: null });

const changeTypes = 'CREATE UPDATE DELETE UNDELETE GAP_CREATE GAP_UPDATE GAP_DELETE GAP_UNDELETE GAP_OVERFLOW SNAPSHOT';

/** Field indexes: 0 header, 1 Name, 2 Type, 3 BillingAddress, 4 AnnualRevenue, 5 LastModifiedDate, 6 ShippingAddress, 7…9 below. */
export const accountSchemaJson = JSON.stringify({
  type: 'record',
  name: 'AccountChangeEvent',
  namespace: 'com.sforce.eventbus',
  fields: [
    {
      name: 'ChangeEventHeader',
      type: {
        type: 'record',
        name: 'ChangeEventHeader',
        fields: [
          { name: 'entityName', type: 'string' },
          { name: 'recordIds', type: { type: 'array', items: 'string' } },
          {
            name: 'changeType',
            type: {
              type: 'enum',
              name: 'ChangeType',
              symbols: changeTypes.split(' '),
            },
          },
          { name: 'changeOrigin', type: 'string' },
          { name: 'transactionKey', type: 'string' },
          { name: 'sequenceNumber', type: 'int' },
          { name: 'commitTimestamp', type: 'long' },
          { name: 'commitNumber', type: 'long' },
          { name: 'commitUser', type: 'string' },
          { name: 'nulledFields', type: { type: 'array', items: 'string' } },
          { name: 'diffFields', type: { type: 'array', items: 'string' } },
          { name: 'changedFields', type: { type: 'array', items: 'string' } },
        ],
      },
    },
    {
      name: 'Name',
      type: [
        'null',
        'string',
        {
          type: 'record',
          name: 'Switchable_PersonName',
          fields: [text('Salutation'), text('FirstName'), text('LastName')],
        },
      ],
      default: null,
    },
    text('Type'),
    {
      name: 'BillingAddress',
      type: [
        'null',
        {
          type: 'record',
          name: 'Address',
          fields: [
            ...['Street', 'City', 'State', 'PostalCode', 'Country', 'StateCode', 'CountryCode'].map(text),
            { name: 'Latitude', type: ['null', 'double'], default: null },
            { name: 'Longitude', type: ['null', 'double'], default: null },
          ],
        },
      ],
      default: null,
    },
    { name: 'AnnualRevenue', type: ['null', 'double'], default: null },
    long('LastModifiedDate'),
    { name: 'ShippingAddress', type: ['null', 'Address'], default: null },
    text('Description'),
    text('Sync_Id__c'),
    text('Sync_Stamp__c'),
  ],
});

const accountType = avro.Type.forSchema(JSON.parse(accountSchemaJson) as avro.Schema);

export type AccountHeader = {
  recordIds: string[];
  changeType: string;
  transactionKey: string;
  commitTimestamp: number;
  nulledFields: string[];
  diffFields: string[];
  changedFields: string[];
};

/** The bitmap element for top-level fields. */
export function bits(...indexes: number[]): string {
  return `0x${indexes
    .reduce((sum, index) => sum + 2 ** index, 0)
    .toString(16)
    .toUpperCase()}`;
}

let made = 0;

export function accountEvent(header: Partial<AccountHeader>, body: Record<string, unknown> = {}): WireEvent {
  made += 1;
  const payload = accountType.toBuffer({
    ChangeEventHeader: {
      entityName: 'Account',
      recordIds: ['001000000000001AAA'],
      changeType: 'UPDATE',
      changeOrigin: '',
      transactionKey: `transaction-${made}`,
      sequenceNumber: 1,
      commitTimestamp: 1_777_629_600_000,
      commitNumber: 1,
      commitUser: '005000000000001AAA',
      nulledFields: [],
      diffFields: [],
      changedFields: [],
      ...header,
    },
    ...body,
  });
  return { id: `event-${made}`, schemaId: 'schema-1', payload, replayId: Buffer.from([made]) };
}
