/** Confluent framing: magic byte 0, schema id as 4 bytes big-endian, then the Avro value. */
export const headerLength = 5;
const magic = 0;

/** The schema id of a framed value; null when the value is not framed. */
export function peekSchemaId(value: Uint8Array): number | null {
  if (value.length < headerLength || value[0] !== magic) return null;
  return (((value[1] ?? 0) << 24) | ((value[2] ?? 0) << 16) | ((value[3] ?? 0) << 8) | (value[4] ?? 0)) >>> 0;
}

export function writeHeader(target: Buffer, schemaId: number): void {
  target[0] = magic;
  target.writeUInt32BE(schemaId, 1);
}
