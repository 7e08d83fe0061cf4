/** Where something stands in the config, so that every message can point at it. */
import { isAbsolute, relative, sep } from 'node:path';

export type Place = { readonly file: string; readonly line: number; readonly column: number };

/** `file:line:column` as editors and terminals understand it, the file relative to the working folder when it lies below. */
export function formatPlace({ file, line, column }: Place): string {
  if (line === 0) return file;
  const near = isAbsolute(file) ? relative(process.cwd(), file) : file;
  return `${near === '' || near.startsWith(`..${sep}`) ? file : near}:${line}:${column}`;
}
