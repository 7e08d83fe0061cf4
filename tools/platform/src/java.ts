/** How the JVM parts are run: the command, and options that keep each of them modest. */
import { join } from 'node:path';

export function javaCommand(environment: NodeJS.ProcessEnv = process.env): string {
  return environment['JAVA_HOME'] ? join(environment['JAVA_HOME'], 'bin', 'java') : 'java';
}

export function javaOptions(heapMegabytes: number): string[] {
  return [
    `-Xmx${heapMegabytes}m`,
    `-Xms${Math.min(heapMegabytes, 256)}m`,
    '-XX:+ExitOnOutOfMemoryError',
    '-Djava.awt.headless=true',
    '-Dorg.slf4j.simpleLogger.showDateTime=true',
    '-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS',
    '-Dorg.slf4j.simpleLogger.showShortLogName=true',
    // These print every setting of every client, hundreds of lines at each start.
    '-Dorg.slf4j.simpleLogger.log.org.apache.kafka.common.config.AbstractConfig=warn',
    '-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaConfig=warn',
    '-Dorg.slf4j.simpleLogger.log.org.apache.kafka.connect.runtime.ConnectorConfig=warn',
    '-Dorg.slf4j.simpleLogger.log.org.apache.kafka.connect.runtime.distributed.DistributedConfig=warn',
  ];
}
