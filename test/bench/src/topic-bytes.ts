/** How much the topics hold, from the broker's own log files, which lie in the platform's data folder. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Platform } from '@concord/platform';

export type TopicBytes = { topic: string; bytes: number };

export function topicBytes(platform: Platform, topics: readonly string[]): TopicBytes[] {
  const folder = join(platform.dataDir, 'kafka');
  const partitions = readdirSync(folder);
  return topics.map((topic) => ({
    topic,
    bytes: partitions
      .filter((entry) => entry.startsWith(`${topic}-`) && /^\d+$/.test(entry.slice(topic.length + 1)))
      .reduce((total, entry) => total + segmentBytes(join(folder, entry)), 0),
  }));
}

function segmentBytes(folder: string): number {
  const segments = readdirSync(folder).filter((file) => file.endsWith('.log'));
  return segments.reduce((total, file) => total + statSync(join(folder, file)).size, 0);
}
