/**
 * Puts the co-partition assignment into kafkajs's assigner shape. An assigner is also the one place where kafkajs hands
 * out its cluster object, which is used for one thing: to be asked before the consumer joins (again).
 */
import { AssignerProtocol } from 'kafkajs';
import type { Broker, Cluster, PartitionAssigner } from 'kafkajs';
import { assignCoPartitions } from '../co-partition-assignment.ts';

const name = 'concord-co-partition';
const version = 1;
const noUserData = Buffer.alloc(0);

export type JoinHooks = {
  beforeJoin: () => Promise<void>;
  /** The member that this process was before its session crashed. Kafka would wait for it until its session ends. */
  takeFormerMemberId: () => string | null;
};

/**
 * `beforeJoin` is awaited before each JoinGroup request. kafkajs offers no hook there (its events are not awaited), yet
 * each join begins by looking up the coordinator, so that look-up waits for us. Verified by the contract suite.
 */
export function coPartitionAssigner(hooks: JoinHooks): PartitionAssigner {
  return ({ cluster }) => {
    const findCoordinator = cluster.findGroupCoordinator.bind(cluster);
    cluster.findGroupCoordinator = async (group) => {
      await hooks.beforeJoin();
      const coordinator = await findCoordinator(group);
      const memberId = hooks.takeFormerMemberId();
      if (memberId !== null) await leave(coordinator, { ...group, memberId });
      return coordinator;
    };
    return {
      name,
      version,
      protocol: ({ topics }) => ({
        name,
        metadata: AssignerProtocol.MemberMetadata.encode({ version, topics, userData: noUserData }),
      }),
      assign: async ({ members }) => {
        const decoded = members.map(({ memberId, memberMetadata }) => ({
          memberId,
          topics: AssignerProtocol.MemberMetadata.decode(memberMetadata)?.topics ?? [],
        }));
        const topics = [...new Set(decoded.flatMap((member) => member.topics))].sort();
        // The leader may not subscribe to all of them itself, and knows partitions only of topics it asked for.
        await cluster.addMultipleTargetTopics(topics);
        const counts = new Map(topics.map((topic) => [topic, partitionCount(cluster, topic)]));
        return [...assignCoPartitions(decoded, counts)].map(([memberId, assignment]) => ({
          memberId,
          memberAssignment: AssignerProtocol.MemberAssignment.encode({
            version,
            assignment: Object.fromEntries(assignment),
            userData: noUserData,
          }),
        }));
      },
    };
  };
}

/** kafkajs's types leave this request out. That it fails (the member is gone already) is as good as success. */
async function leave(coordinator: Broker, member: { groupId: string; memberId: string }): Promise<void> {
  const leavable = coordinator as Broker & { leaveGroup(former: typeof member): Promise<unknown> };
  await leavable.leaveGroup(member).catch(() => undefined);
}

function partitionCount(cluster: Cluster, topic: string): number {
  return cluster.findTopicPartitionMetadata(topic).length;
}
