import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { renderMessage, type MessageSource } from './render.ts';

function typesOf(fields: MessageSource['schema']['fields']): string {
  const text = renderMessage({ name: 'a-message', schema: { type: 'record', name: 'AMessage', fields } });
  expect(text).toContain('export const aMessageSchema = ');
  return text.slice(text.indexOf('as const;') + 'as const;'.length).trim();
}

it('maps unions, collections, enums, nested records and logical types', () => {
  expect(
    typesOf([
      { name: 'name', type: ['null', 'string'], doc: 'What people call it.' },
      { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
      { name: 'ids', type: { type: 'map', values: 'string' } },
      { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['a', 'b'] } },
      { name: 'lines', type: { type: 'array', items: { type: 'record', name: 'Line', fields: [] } } },
    ]),
  ).toMatchInlineSnapshot(`
    "export type Kind = 'a' | 'b';

    export type Line = {

    };

    export type AMessage = {
    /** What people call it. */
    readonly name: null | string;
    /** Milliseconds since the epoch. */
    readonly at: number;
    readonly ids: Readonly<Record<string, string>>;
    readonly kind: Kind;
    readonly lines: readonly (Line)[];
    };"
  `);
});

it('makes a message generic over the fields of its entity', () => {
  const values = { type: 'record' as const, name: 'Values', namespace: 'concord.entity', fields: [] };
  const text = typesOf([
    { name: 'values', type: values },
    { name: 'before', type: ['null', 'concord.entity.Values'] },
  ]);
  expect(text).toContain('AMessage<Values>');
  expect(text).toContain('before: null | Values;');
});

it('refuses what it has no mapping for', () => {
  const date = { type: 'int', logicalType: 'date' };
  expect(() => typesOf([{ name: 'x', type: date }])).toThrow('logical type "date"');
});

it('the committed files are what the schemas say', () => {
  const main = new URL('main.ts', import.meta.url).pathname;
  expect(() => execFileSync(process.execPath, [main, '--check'])).not.toThrow();
});
