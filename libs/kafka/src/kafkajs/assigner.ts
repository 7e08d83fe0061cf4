/**
 * Puts the co-partition assignment into kafkajs's assigner shape. An assigner is also the one place where kafkajs hands
 * out its cluster object, which is used for one thing: to be asked before the consumer joins (again).
 */
import { AssignerProtocol } from 'kafkajs';
import type { Cluster, PartitionAssigner } from 'kafkajs';
import { assignCoPartitions } from '../co-partition-assignment.ts';

const name = 'concord-co-partition';
const version = 1;
const noUserData = Buffer.alloc(0);

/**
 * `beforeJoin` is awaited before each JoinGroup request. kafkajs offers no hook there (its events are not awaited), yet
 * each join begins by looking up the coordinator, so that look-up waits for us. Verified by the contract suite.
 */
export function coPartitionAssigner(beforeJoin: () => Promise<void>): PartitionAssigner {
  return ({ cluster }) => {
    const findCoordinator = cluster.findGroupCoordinator.bind(cluster);
    cluster.findGroupCoordinator = async (group) => {
      await beforeJoin();
      return findCoordinator(group);
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
        const topics = new Set(decoded.flatMap((member) => member.topics));
        const counts = new Map([...topics].sort().map((topic) => [topic, partitionCount(cluster, topic)]));
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

function partitionCount(cluster: Cluster, topic: string): number {
  return cluster.findTopicPartitionMetadata(topic).length;
}
