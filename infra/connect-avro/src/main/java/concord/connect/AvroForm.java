package concord.connect;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.connect.data.Date;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Time;
import org.apache.kafka.connect.data.Timestamp;
import org.apache.kafka.connect.errors.DataException;

/**
 * A Connect schema as Avro: the text of the schema, and how values of it are written. Both are made together, so that what
 * is written cannot differ from what is registered.
 *
 * <p>Defaults are not told. A reader has no use for a writer's default, and Connect's habit of reading null as the default
 * would turn a NULL that a user has put into a column into something that nobody wrote.
 */
record AvroForm(String text, Writer writer) {
  interface Writer {
    void write(Object value, AvroBytes out);
  }

  static AvroForm of(Schema schema) {
    return new Maker().make(schema, schema.name() == null ? "value" : schema.name());
  }

  static String quote(String text) {
    StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') quoted.append('\\').append(c);
      else if (c < ' ') quoted.append(String.format("\\u%04x", (int) c));
      else quoted.append(c);
    }
    return quoted.append('"').toString();
  }

  /** For one schema, since a name is to be defined once in each. */
  private static final class Maker {
    /** Their values are no numbers or bytes; the connector's template has such values sent as text. */
    private static final Set<String> UNFIT =
        Set.of(Decimal.LOGICAL_NAME, Date.LOGICAL_NAME, Time.LOGICAL_NAME, Timestamp.LOGICAL_NAME);

    private final Map<String, List<Field>> defined = new HashMap<>();

    AvroForm make(Schema schema, String place) {
      AvroForm form = present(schema, place);
      Writer present = form.writer;
      if (!schema.isOptional()) {
        Object whenAbsent = schema.defaultValue();
        return new AvroForm(form.text, (value, out) -> {
          Object known = value == null ? whenAbsent : value;
          if (known == null) throw new DataException(place + " is null and must not be");
          present.write(known, out);
        });
      }
      return new AvroForm("[\"null\"," + form.text + "]", (value, out) -> {
        out.writeLong(value == null ? 0 : 1);
        if (value != null) present.write(value, out);
      });
    }

    private AvroForm present(Schema schema, String place) {
      if (schema.name() != null && UNFIT.contains(schema.name())) {
        throw new DataException(place + " has values of " + schema.name() + "; let the connector send them as text");
      }
      return switch (schema.type()) {
        case INT8, INT16, INT32, INT64 -> {
          Writer writer = (value, out) -> out.writeLong(((Number) value).longValue());
          yield named(schema, schema.type() == Schema.Type.INT64 ? "long" : "int", writer);
        }
        case FLOAT32 -> named(schema, "float", (value, out) -> out.writeFloat((Float) value));
        case FLOAT64 -> named(schema, "double", (value, out) -> out.writeDouble((Double) value));
        case BOOLEAN -> named(schema, "boolean", (value, out) -> out.writeByte((Boolean) value ? 1 : 0));
        case STRING -> named(schema, "string", (value, out) -> out.writeString((String) value));
        case BYTES -> named(schema, "bytes", (value, out) ->
            out.writeBytes(value instanceof ByteBuffer buffer ? buffer : ByteBuffer.wrap((byte[]) value)));
        case ARRAY -> array(schema, place);
        case MAP -> map(schema, place);
        case STRUCT -> struct(schema, place);
      };
    }

    private static AvroForm named(Schema schema, String type, Writer writer) {
      String text = "\"" + type + "\"";
      if (schema.name() == null) return new AvroForm(text, writer);
      return new AvroForm("{\"type\":" + text + ",\"connect.name\":" + quote(schema.name()) + "}", writer);
    }

    private AvroForm array(Schema schema, String place) {
      AvroForm item = make(schema.valueSchema(), place + "[]");
      return new AvroForm("{\"type\":\"array\",\"items\":" + item.text + "}", (value, out) -> {
        Collection<?> items = (Collection<?>) value;
        if (!items.isEmpty()) out.writeLong(items.size());
        for (Object one : items) item.writer.write(one, out);
        out.writeLong(0);
      });
    }

    private AvroForm map(Schema schema, String place) {
      if (schema.keySchema().type() != Schema.Type.STRING || schema.keySchema().isOptional()) {
        throw new DataException(place + " is a map whose keys are not text; Avro has no such maps");
      }
      AvroForm item = make(schema.valueSchema(), place + "{}");
      return new AvroForm("{\"type\":\"map\",\"values\":" + item.text + "}", (value, out) -> {
        Map<?, ?> items = (Map<?, ?>) value;
        if (!items.isEmpty()) out.writeLong(items.size());
        items.forEach((key, one) -> {
          out.writeString((String) key);
          item.writer.write(one, out);
        });
        out.writeLong(0);
      });
    }

    private AvroForm struct(Schema schema, String place) {
      String name = nameOf(schema);
      boolean isNew = defined.put(name, schema.fields()) == null;
      Field[] fields = schema.fields().toArray(Field[]::new);
      AvroForm[] forms = new AvroForm[fields.length];
      for (int i = 0; i < fields.length; i += 1) forms[i] = make(fields[i].schema(), place + "." + fields[i].name());
      Writer writer = (value, out) -> {
        Struct struct = (Struct) value;
        for (int i = 0; i < fields.length; i += 1) forms[i].writer.write(valueOf(struct, fields[i]), out);
      };
      if (!isNew) return new AvroForm(quote(name), writer);
      int dot = name.lastIndexOf('.');
      String fieldTexts = IntStream.range(0, fields.length)
          .mapToObj(i -> fieldText(fields[i], forms[i]))
          .collect(Collectors.joining(","));
      String text = "{\"type\":\"record\",\"name\":" + quote(name.substring(dot + 1)) + ",\"namespace\":"
          + quote(name.substring(0, dot)) + ",\"fields\":[" + fieldTexts + "]}";
      return new AvroForm(text, writer);
    }

    private static String fieldText(Field field, AvroForm form) {
      // What is absent in old values reads as null, so a new column does not break a registry's rule of compatibility.
      String whenAbsent = field.schema().isOptional() ? ",\"default\":null" : "";
      return "{\"name\":" + quote(field.name()) + ",\"type\":" + form.text + whenAbsent + "}";
    }

    /** Always with a namespace, as a bare name would mean another one inside each record; a number where forms differ. */
    private String nameOf(Schema schema) {
      String given = schema.name() == null ? "Record" : schema.name();
      String wanted = given.indexOf('.') > 0 ? given : "connect." + given;
      String name = wanted;
      for (int number = 2; defined.containsKey(name) && !defined.get(name).equals(schema.fields()); number += 1) {
        name = wanted + "_" + number;
      }
      return name;
    }

    /** By index where that does not put a default in place of null. */
    private static Object valueOf(Struct struct, Field field) {
      return field.schema().defaultValue() == null ? struct.get(field) : struct.getWithoutDefault(field.name());
    }
  }
}
