package concord.connect;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.storage.Converter;

/**
 * Writes what a source connector has read as Avro, framed as Confluent's clients do it: a zero, the schema's id of four
 * bytes, the value. Schemas are registered over the Confluent-compatible API under {@code <topic>-<full record name>}.
 *
 * <p>A source hands out the same schema object with every record of a table, so the object itself is the key of the cache.
 * Another object with equal content costs making its text once more, and finds the id that this text has got already.
 *
 * <p>A task has a converter of its own and calls it from one thread.
 */
public final class AvroConverter implements Converter {
  private static final String URL = "concord.registry.url";
  private static final String USER = "concord.registry.user";
  private static final String PASSWORD = "concord.registry.password";
  private static final String WAIT_MS = "concord.registry.wait.ms";

  private static final ConfigDef CONFIG = new ConfigDef()
      .define(URL, Type.STRING, Importance.HIGH, "Base of the registry's Confluent-compatible API")
      .define(USER, Type.STRING, "", Importance.MEDIUM, "User for basic authentication; empty for none")
      .define(PASSWORD, Type.PASSWORD, "", Importance.MEDIUM, "Password of that user")
      .define(WAIT_MS, Type.LONG, 30_000L, Importance.LOW, "How long the registry may be away before the task fails");

  /** Beyond it all is forgotten and learned again, so that a source which never stops making schemas does no harm. */
  private static final int SCHEMAS_MAX = 1_000;

  private record Entry(int id, AvroForm form) {}

  private final Map<String, Map<Schema, Entry>> entries = new HashMap<>();
  private final Map<String, Integer> ids = new HashMap<>();
  private final AvroBytes out = new AvroBytes();
  private int size = 0;
  private boolean isKey;
  private SchemaRegistry registry;

  @Override
  public ConfigDef config() {
    return CONFIG;
  }

  @Override
  public void configure(Map<String, ?> settings, boolean isKey) {
    this.isKey = isKey;
    AbstractConfig config = new AbstractConfig(CONFIG, settings, false);
    registry = new SchemaRegistry(
        config.getString(URL), config.getString(USER), config.getPassword(PASSWORD).value(), config.getLong(WAIT_MS));
  }

  @Override
  public byte[] fromConnectData(String topic, Schema schema, Object value) {
    if (value == null) return null;
    if (schema == null) throw new DataException("Topic " + topic + ": a value without a schema cannot become Avro");
    Map<Schema, Entry> ofTopic = entries.get(topic);
    Entry entry = ofTopic == null ? null : ofTopic.get(schema);
    if (entry == null) entry = enter(topic, schema);
    // Inner values have been compared with their schemas when they were put into the outer one.
    if (value instanceof Struct struct && struct.schema() != schema && !struct.schema().equals(schema)) {
      throw new DataException("Topic " + topic + ": a value of " + struct.schema().name() + " came as " + schema.name());
    }
    out.begin(entry.id);
    entry.form.writer().write(value, out);
    return out.toArray();
  }

  private Entry enter(String topic, Schema schema) {
    if (size >= SCHEMAS_MAX) {
      entries.clear();
      ids.clear();
      size = 0;
    }
    AvroForm form = AvroForm.of(schema);
    String subject = topic + "-" + (isKey ? "key" : schema.name() == null ? "value" : schema.name());
    // Remembered only when it is there: what could not be registered is tried anew with the next attempt.
    int id = ids.computeIfAbsent(subject + "\n" + form.text(), unknown -> registry.register(subject, form.text()));
    Entry entry = new Entry(id, form);
    entries.computeIfAbsent(topic, unknown -> new IdentityHashMap<>()).put(schema, entry);
    size += 1;
    return entry;
  }

  @Override
  public SchemaAndValue toConnectData(String topic, byte[] value) {
    if (value == null) return SchemaAndValue.NULL;
    throw new DataException("Topic " + topic + ": concord.connect.AvroConverter is for source connectors only");
  }
}
