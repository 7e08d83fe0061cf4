/**
 * Who reads which partition. A record has the same partition number in every topic, so partition p of all subscribed
 * topics must go to one member: it then sees changes and outcomes of a record alone and in order.
 *
 * Partition numbers (0 up to the largest topic's count) are cut into contiguous ranges, one per member in the order of
 * member ids; the first members take one more when the division leaves a rest. A topic with fewer partitions simply has
 * no share in the higher numbers, so a single-partition topic goes to the first member. A member that does not subscribe
 * to a topic (during a rolling upgrade) is passed over for that topic by the next one that does.
 * The result depends on nothing but members, subscriptions and counts: every leader would compute the same.
 */
export type GroupMember = { memberId: string; topics: readonly string[] };

export type MemberAssignment = Map<string, Map<string, number[]>>;

export function assignCoPartitions(
  members: readonly GroupMember[],
  partitionCounts: ReadonlyMap<string, number>,
): MemberAssignment {
  const sorted = [...members].sort((a, b) => (a.memberId < b.memberId ? -1 : a.memberId > b.memberId ? 1 : 0));
  const assignment: MemberAssignment = new Map(sorted.map((member) => [member.memberId, new Map()]));
  const numbers = Math.max(0, ...partitionCounts.values());
  for (const [topic, count] of partitionCounts) {
    for (let partition = 0; partition < count; partition++) {
      const owner = ownerOf(partition, topic, sorted, numbers);
      if (owner === undefined) break;
      const topics = assignment.get(owner.memberId)!;
      const partitions = topics.get(topic);
      if (partitions === undefined) topics.set(topic, [partition]);
      else partitions.push(partition);
    }
  }
  return assignment;
}

function ownerOf(
  partition: number,
  topic: string,
  members: readonly GroupMember[],
  numbers: number,
): GroupMember | undefined {
  const small = Math.floor(numbers / members.length);
  const larger = numbers % members.length;
  const boundary = larger * (small + 1);
  const first =
    partition < boundary ? Math.floor(partition / (small + 1)) : larger + Math.floor((partition - boundary) / small);
  for (let step = 0; step < members.length; step++) {
    const candidate = members[(first + step) % members.length]!;
    if (candidate.topics.includes(topic)) return candidate;
  }
  return undefined;
}
