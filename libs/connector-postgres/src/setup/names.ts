/** Names of what Concord makes in a database and in Kafka Connect. */
export const signalTable = 'concord.debezium_signal';

const NAME_LENGTH_MAX = 63;

/** Slots share one name space per server, so the database is part of the name. Only lower case, digits and `_` are allowed. */
export function slotNameOf(system: string, database: string): string {
  return `concord_${system}_${database}`
    .toLowerCase()
    .replaceAll(/[^a-z0-9_]/g, '_')
    .slice(0, NAME_LENGTH_MAX);
}

export function publicationNameOf(system: string): string {
  return `concord_${system}`.slice(0, NAME_LENGTH_MAX);
}

export function connectorNameOf(system: string): string {
  return `concord-${system}`;
}
