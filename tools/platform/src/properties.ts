/** Java properties files, as the Kafka family reads them. Backslashes (Windows paths) are the only thing to escape here. */
import { writeFileSync } from 'node:fs';

export function writeProperties(
  file: string,
  properties: Readonly<Record<string, string | number>>,
  mode = 0o644,
): void {
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${String(value).replaceAll('\\', '\\\\')}`);
  writeFileSync(file, `${lines.join('\n')}\n`, { mode });
}
