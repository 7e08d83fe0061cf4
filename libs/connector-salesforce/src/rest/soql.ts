/** Pieces of SOQL. Values are quoted here and nowhere else. */
export type SoqlValue = string | number | boolean | null;

export function soqlLiteral(value: SoqlValue): string {
  if (typeof value !== 'string') return String(value);
  const escaped = value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n').replaceAll('\r', '\\r');
  return `'${escaped}'`;
}

export function soqlIn(field: string, values: readonly string[]): string {
  return `${field} IN (${values.map(soqlLiteral).join(',')})`;
}

export function soqlSelect(
  object: string,
  fields: readonly string[],
  conditions: readonly string[],
  tail = '',
): string {
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  return `SELECT ${[...new Set(fields)].join(',')} FROM ${object}${where}${tail}`;
}

export function soqlEquals(filter: Readonly<Record<string, SoqlValue>>): string[] {
  return Object.entries(filter).map(([field, value]) => `${field} = ${soqlLiteral(value)}`);
}
