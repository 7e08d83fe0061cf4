import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assignCoPartitions } from './co-partition-assignment.ts';

const topics = ['changes', 'outcomes'];
const members = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ memberId: `member-${index}`, topics }));

function listed(assignment: ReturnType<typeof assignCoPartitions>): Record<string, Record<string, number[]>> {
  return Object.fromEntries([...assignment].map(([member, byTopic]) => [member, Object.fromEntries(byTopic)]));
}

describe('the assignment', () => {
  test('cuts the partition numbers into ranges', () => {
    const counts = new Map(topics.map((topic) => [topic, 7]));
    expect(listed(assignCoPartitions(members(3), counts))).toEqual({
      'member-0': { changes: [0, 1, 2], outcomes: [0, 1, 2] },
      'member-1': { changes: [3, 4], outcomes: [3, 4] },
      'member-2': { changes: [5, 6], outcomes: [5, 6] },
    });
  });

  test('leaves members without work when there are more of them than partitions', () => {
    const assignment = listed(assignCoPartitions(members(3), new Map([['changes', 2]])));
    expect(assignment).toEqual({ 'member-0': { changes: [0] }, 'member-1': { changes: [1] }, 'member-2': {} });
  });

  test('gives a topic with one partition to the owner of partition 0', () => {
    const counts = new Map([
      ['changes', 6],
      ['outcomes', 1],
    ]);
    const assignment = listed(assignCoPartitions(members(2), counts));
    expect(assignment['member-0']).toEqual({ changes: [0, 1, 2], outcomes: [0] });
  });

  test('passes over a member that does not subscribe to a topic', () => {
    const old = { memberId: 'member-0', topics: ['changes'] };
    const assignment = assignCoPartitions([old, members(2)[1]!], new Map(topics.map((topic) => [topic, 2])));
    expect(listed(assignment)).toEqual({
      'member-0': { changes: [0] },
      'member-1': { changes: [1], outcomes: [0, 1] },
    });
  });

  test('gives every partition to exactly one member, and equal numbers to the same one, whoever computes it', () => {
    const anyCounts = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 0, max: 20 }));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), anyCounts, (memberCount, countsByTopic) => {
        const counts = new Map(Object.entries(countsByTopic));
        const all = members(memberCount).map((member) => ({ ...member, topics: [...counts.keys()] }));
        const assignment = assignCoPartitions(all, counts);
        expect(listed(assignCoPartitions(all.toReversed(), counts))).toEqual(listed(assignment));
        const ownerOfNumber = new Map<number, string>();
        const seen = new Set<string>();
        for (const [member, byTopic] of assignment) {
          for (const [topic, partitions] of byTopic) {
            for (const partition of partitions) {
              expect(ownerOfNumber.get(partition) ?? member).toBe(member);
              ownerOfNumber.set(partition, member);
              expect(seen.has(`${topic}/${partition}`)).toBe(false);
              seen.add(`${topic}/${partition}`);
            }
          }
        }
        expect(seen.size).toBe([...counts.values()].reduce((sum, count) => sum + count, 0));
      }),
    );
  });
});
