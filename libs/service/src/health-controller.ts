/**
 * What the outside asks a service. `/livez` is about this process alone: a broker that is down must not have the services
 * killed and restarted in circles. `/readyz` is the worker's own word. `/startupz` is 200 once the worker has started.
 *
 * Decorators are applied as plain functions: Node runs our TypeScript by stripping types, and decorators are not types.
 * This is the only file that needs them.
 */
import { Controller, Get, Header, Inject, ServiceUnavailableException } from '@nestjs/common';
import type { Metrics } from '@concord/observability';
import type { WorkerHost } from './worker-host.ts';

export type Identity = { readonly name: string; readonly version: string; readonly commit: string };
export type Health = { readonly identity: Identity; readonly host: WorkerHost; readonly metrics: Metrics };

/** The token under which the application provides what the controller shows. */
export const healthToken = Symbol('health');

export class HealthController {
  readonly #health: Health;

  constructor(health: Health) {
    this.#health = health;
  }

  live() {
    return { ok: true };
  }

  ready() {
    return orUnavailable(this.#health.host.ready());
  }

  started() {
    const { state } = this.#health.host;
    return orUnavailable({ ok: state !== 'starting', detail: state });
  }

  metrics(): Promise<string> {
    return this.#health.metrics.text();
  }

  info() {
    const { identity, host } = this.#health;
    return { ...identity, node: process.version, state: host.state, uptimeSeconds: process.uptime(), ...host.info() };
  }
}

function orUnavailable<Answer extends { ok: boolean }>(answer: Answer): Answer {
  if (answer.ok) return answer;
  throw new ServiceUnavailableException(answer);
}

Controller()(HealthController);
Inject(healthToken)(HealthController, undefined, 0);
route('livez', 'live');
route('readyz', 'ready');
route('startupz', 'started');
route('info', 'info');
route('metrics', 'metrics');
decorate('metrics', Header('content-type', 'text/plain; version=0.0.4; charset=utf-8'));

type Method = 'live' | 'ready' | 'started' | 'metrics' | 'info';

function route(path: string, method: Method): void {
  decorate(method, Get(path));
}

function decorate(method: Method, decorator: MethodDecorator): void {
  const { prototype } = HealthController;
  decorator(prototype, method, Object.getOwnPropertyDescriptor(prototype, method) ?? {});
}
