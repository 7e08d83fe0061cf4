package concord.connect;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Avro's binary encoding, into a buffer that is used again for every value. */
final class AvroBytes {
  private static final int KEPT_MAX = 1 << 20;

  private byte[] data = new byte[1024];
  private int size = 0;

  /** Forgets the last value and begins one that is framed with the id of its schema. */
  void begin(int schemaId) {
    if (data.length > KEPT_MAX) data = new byte[1024];
    data[0] = 0;
    ByteBuffer.wrap(data).putInt(1, schemaId);
    size = 5;
  }

  byte[] toArray() {
    return Arrays.copyOf(data, size);
  }

  void writeByte(int value) {
    reserve(1);
    data[size++] = (byte) value;
  }

  /** An int is written the same way: small numbers of either sign take few bytes. */
  void writeLong(long value) {
    reserve(10);
    long rest = (value << 1) ^ (value >> 63);
    for (; (rest & ~0x7fL) != 0; rest >>>= 7) data[size++] = (byte) (rest | 0x80);
    data[size++] = (byte) rest;
  }

  void writeFloat(float value) {
    writeFixed(Float.floatToRawIntBits(value), 4);
  }

  void writeDouble(double value) {
    writeFixed(Double.doubleToRawLongBits(value), 8);
  }

  void writeString(String value) {
    writeBytes(ByteBuffer.wrap(value.getBytes(StandardCharsets.UTF_8)));
  }

  /** Leaves the position of what it reads where it is. */
  void writeBytes(ByteBuffer value) {
    int length = value.remaining();
    writeLong(length);
    reserve(length);
    value.get(value.position(), data, size, length);
    size += length;
  }

  private void writeFixed(long bits, int bytes) {
    reserve(bytes);
    for (int i = 0; i < bytes; i += 1) data[size++] = (byte) (bits >>> (8 * i));
  }

  private void reserve(int bytes) {
    if (data.length - size < bytes) data = Arrays.copyOf(data, Math.max(data.length * 2, size + bytes));
  }
}
