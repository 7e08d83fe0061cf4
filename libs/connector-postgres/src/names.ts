/** Names of tables and columns: as SQL writes them, as configs write them, and as Debezium alters them. */

/** Quoted always, so that reserved words, capitals, spaces and quotes are all the same case. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export type ObjectName = { readonly schema: string; readonly table: string };

/** `public.accounts` or `accounts`. What follows the first dot is the table, dots included. */
export function parseObject(object: string): ObjectName {
  const dot = object.indexOf('.');
  return dot < 0 ? { schema: 'public', table: object } : { schema: object.slice(0, dot), table: object.slice(dot + 1) };
}

export function quoteObject(object: string): string {
  const { schema, table } = parseObject(object);
  return `${quoteName(schema)}.${quoteName(table)}`;
}

/** A column as a field of an Avro record: Debezium puts `_` for every character that Avro does not allow in a name. */
export function avroFieldName(column: string): string {
  const name = column.replaceAll(/[^A-Za-z0-9_]/gu, '_');
  return /^[0-9]/.test(name) ? `_${name}` : name;
}

/** A value that Debezium's configuration takes for a regular expression. */
export function escapePattern(name: string): string {
  return name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll(',', String.raw`\x2C`);
}
