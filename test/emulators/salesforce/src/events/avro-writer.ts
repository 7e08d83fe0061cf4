// Avro's binary encoding, the few types that change events need. Written out here rather than taken from a library so
// that a client's decoder is met by bytes that its own library did not make.

export class AvroWriter {
  #buffer = Buffer.allocUnsafe(1024);
  #length = 0;

  long(value: number | bigint): void {
    let rest = BigInt(value);
    rest = rest >= 0n ? rest << 1n : (-rest << 1n) - 1n;
    this.#reserve(10);
    while (rest > 127n) {
      this.#buffer[this.#length++] = Number(rest & 127n) | 128;
      rest >>= 7n;
    }
    this.#buffer[this.#length++] = Number(rest);
  }

  string(value: string): void {
    const size = Buffer.byteLength(value);
    this.long(size);
    this.#reserve(size);
    this.#length += this.#buffer.write(value, this.#length);
  }

  double(value: number): void {
    this.#reserve(8);
    this.#length = this.#buffer.writeDoubleLE(value, this.#length);
  }

  boolean(value: boolean): void {
    this.#reserve(1);
    this.#buffer[this.#length++] = value ? 1 : 0;
  }

  strings(values: readonly string[]): void {
    if (values.length > 0) {
      this.long(values.length);
      for (const each of values) this.string(each);
    }
    this.long(0);
  }

  finish(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#length));
  }

  #reserve(size: number): void {
    const needed = this.#length + size;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
