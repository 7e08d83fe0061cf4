// The messages of the wire as the generated codec hands them over (names kept, bytes as buffers, enums as text).

export type ConsumerEvent = {
  event: { id: string; schema_id: string; payload: Uint8Array; headers: [] };
  replay_id: Uint8Array;
};
export type FetchRequest = {
  topic_name: string;
  replay_preset: 'LATEST' | 'EARLIEST' | 'CUSTOM';
  replay_id: Uint8Array;
  num_requested: number;
};
export type FetchResponse = {
  events: ConsumerEvent[];
  latest_replay_id: Uint8Array;
  rpc_id: string;
  pending_num_requested: number;
};
export type TopicRequest = { topic_name: string };
export type TopicInfo = {
  topic_name: string;
  tenant_guid: string;
  can_publish: boolean;
  can_subscribe: boolean;
  schema_id: string;
  rpc_id: string;
};
export type SchemaRequest = { schema_id: string };
export type SchemaInfo = { schema_json: string; schema_id: string; rpc_id: string };
