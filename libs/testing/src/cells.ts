/** The cells of a table that is total by type, as rows of `test.each`: row, column, what is expected there. */
export function cellsOf<Row extends string, Column extends string, Expected>(
  table: Readonly<Record<Row, Readonly<Record<Column, Expected>>>>,
): (readonly [Row, Column, Expected])[] {
  const rows = Object.entries(table) as [Row, Readonly<Record<Column, Expected>>][];
  return rows.flatMap(([name, row]) =>
    (Object.entries(row) as [Column, Expected][]).map(([column, expected]) => [name, column, expected] as const),
  );
}
