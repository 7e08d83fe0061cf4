/** The Nest application around a worker: dependency injection, HTTP, and the order of shutting down. */
import type { INestApplication, LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { Logger } from '@concord/observability';
import { HealthController, healthToken, type Health } from './health-controller.ts';

export type HttpApplication = { readonly url: string; close(): Promise<void> };

/** Listens at once, so that liveness can be asked while the worker is still being built. */
export async function openHttp(
  health: Health,
  logger: Logger,
  address: { host: string; port: number },
): Promise<HttpApplication> {
  const application: INestApplication = await NestFactory.create(
    { controllers: [HealthController], providers: [{ provide: healthToken, useValue: health }] },
    new FastifyAdapter(),
    // Nest would otherwise end the process by itself when it cannot start.
    { logger: nestLogger(logger), abortOnError: false },
  );
  await application.listen(address.port, address.host);
  return { url: await urlOf(application), close: () => application.close() };
}

/** Any address, as a container listens on, is reached locally by the loopback one. */
async function urlOf(application: INestApplication): Promise<string> {
  const url = await application.getUrl();
  return url.replace('[::]', '127.0.0.1').replace('0.0.0.0', '127.0.0.1').replace('[::1]', '127.0.0.1');
}

/** Nest's words on its own start are of interest to nobody but those who debug it. */
function nestLogger(logger: Logger): LoggerService {
  return {
    log: (message: unknown) => logger.debug({ nest: message }, 'nest'),
    warn: (message: unknown) => logger.warn({ nest: message }, 'nest'),
    error: (message: unknown, ...details: unknown[]) => logger.error({ nest: message, details }, 'nest'),
  };
}
