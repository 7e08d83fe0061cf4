/** Bytes that are stored compressed where that is worth it; what was stored without, now or by earlier versions, is read too. */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

const WORTH_COMPRESSING = 1_000;
const ZSTD_MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const FASTEST = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

export function compressed(bytes: Buffer): Buffer {
  return bytes.length < WORTH_COMPRESSING ? bytes : zstdCompressSync(bytes, FASTEST);
}

export function decompressed(bytes: Buffer): Buffer {
  return bytes.subarray(0, ZSTD_MAGIC.length).equals(ZSTD_MAGIC) ? zstdDecompressSync(bytes) : bytes;
}
