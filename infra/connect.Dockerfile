# Kafka Connect with Debezium, and our converter beside it.
FROM maven:3.9.9-eclipse-temurin-17 AS converter
COPY pom.xml /infra/
COPY connect-avro /infra/connect-avro
RUN mvn -f /infra/connect-avro/pom.xml resources:resources compiler:compile jar:jar -Dconcord.output=/plugin

FROM quay.io/debezium/connect:3.7.0.Final
COPY --from=converter /plugin /kafka/connect/concord-avro
