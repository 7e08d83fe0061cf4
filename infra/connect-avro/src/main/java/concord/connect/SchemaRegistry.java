package concord.connect;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Registers schemas. While the registry is away it is asked again for a while, and then the task fails, to be started again
 * where it stood.
 *
 * <p>What it throws is never a RetriableException. Connect would then repeat the conversion by itself, but it skips the
 * record when a stop comes between two attempts, and workers of older releases do so when the attempts have run out.
 */
final class SchemaRegistry {
  private static final Logger LOG = LoggerFactory.getLogger(SchemaRegistry.class);
  private static final Duration CONNECT_MAX = Duration.ofSeconds(5);
  private static final Duration ANSWER_MAX = Duration.ofSeconds(10);
  private static final long PAUSE_MS_MAX = 5_000;
  private static final int QUOTED_MAX = 300;
  private static final String MEDIA_TYPE = "application/vnd.schemaregistry.v1+json";
  private static final Pattern ID = Pattern.compile("\"id\"\\s*:\\s*(\\d{1,9})\\b");

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT_MAX).build();
  private final String url;
  private final String authorization;
  private final long waitMs;

  SchemaRegistry(String url, String user, String password, long waitMs) {
    if (!isPlain(url)) {
      throw new ConfigException("concord.registry.url must be http(s)://host[:port][/path], without user and password");
    }
    this.url = url.replaceAll("/+$", "");
    byte[] credentials = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
    this.authorization = user.isEmpty() ? null : "Basic " + Base64.getEncoder().encodeToString(credentials);
    this.waitMs = waitMs;
  }

  /** What does not parse is not quoted either: it may hold a password. */
  private static boolean isPlain(String url) {
    try {
      URI parsed = new URI(url);
      return parsed.getHost() != null && parsed.getUserInfo() == null;
    } catch (URISyntaxException malformed) {
      return false;
    }
  }

  /** The id that the registry serves this schema under, new or not. */
  int register(String subject, String schema) {
    String address = url + "/subjects/" + URLEncoder.encode(subject, StandardCharsets.UTF_8).replace("+", "%20") + "/versions";
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(waitMs);
    for (long pauseMs = 200; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)) {
      try {
        int id = ask(address, "{\"schemaType\":\"AVRO\",\"schema\":" + AvroForm.quote(schema) + "}");
        LOG.info("Schema {} is registered under {}", id, subject);
        return id;
      } catch (IOException reason) {
        String message = "The schema registry did not take a schema: POST " + address + ": " + reason.getMessage();
        if (System.nanoTime() > deadline) throw new ConnectException(message, reason);
        LOG.warn("{}; asking again in {} ms", message, pauseMs);
        sleep(pauseMs);
      }
    }
  }

  /** An IOException is worth another attempt; what the registry refuses is not. */
  private int ask(String address, String body) throws IOException {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(address))
        .timeout(ANSWER_MAX)
        .header("content-type", MEDIA_TYPE)
        .header("accept", MEDIA_TYPE + ", application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body));
    if (authorization != null) request.header("authorization", authorization);
    HttpResponse<String> response = await(client.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString()));
    int status = response.statusCode();
    String text = response.body();
    String answer = "HTTP " + status + ": " + text.substring(0, Math.min(text.length(), QUOTED_MAX));
    if (status >= 500 || status == 408 || status == 429) throw new IOException(answer);
    Matcher id = ID.matcher(text);
    if (status == 200 && id.find()) return Integer.parseInt(id.group(1));
    throw new DataException("The schema registry refused a schema: POST " + address + ": " + answer);
  }

  /** The request's own limit ends with the first line of the answer, so the rest of it is limited here. */
  private static <T> T await(CompletableFuture<T> answer) throws IOException {
    try {
      return answer.get(ANSWER_MAX.toSeconds() + CONNECT_MAX.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException failed) {
      Throwable cause = failed.getCause();
      throw new IOException(cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage(), cause);
    } catch (TimeoutException late) {
      answer.cancel(true);
      throw new IOException("no whole answer in time", late);
    } catch (InterruptedException stop) {
      throw interrupted(stop);
    }
  }

  private static void sleep(long ms) {
    try {
      Thread.sleep(ms);
    } catch (InterruptedException stop) {
      throw interrupted(stop);
    }
  }

  private static ConnectException interrupted(InterruptedException stop) {
    Thread.currentThread().interrupt();
    return new ConnectException("Interrupted while waiting for the schema registry", stop);
  }
}
