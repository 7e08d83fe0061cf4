// The REST API under /services/data: versions, then everything that needs a session. Every answer carries the API usage.
import type { FastifyInstance } from 'fastify';
import { authenticate, pathOf } from './context.ts';
import type { RestParts } from './context.ts';
import { registerCollections } from './collections.ts';
import { registerDescribe } from './describe.ts';
import { registerQueries } from './query.ts';
import { registerRows } from './rows.ts';

const VERSIONS = ['60.0', '61.0', '62.0', '63.0', '64.0', '65.0', '66.0', '67.0'];

export type RestSettings = RestParts & { apiRequestsMax: number };

export function registerRest(app: FastifyInstance, settings: RestSettings): void {
  let requestCount = 0;
  app.get('/services/data', () =>
    VERSIONS.map((version) => ({ label: `v${version}`, url: `/services/data/v${version}`, version })),
  );

  app.register(
    async (rest) => {
      rest.decorateRequest('session', null);
      rest.addHook('onRequest', async (request, reply) => {
        request.session = authenticate(request, settings.sessions);
        requestCount += 1;
        reply.header('sforce-limit-info', `api-usage=${requestCount}/${settings.apiRequestsMax}`);
      });
      rest.get('/', (request) => {
        const base = `/services/data/${pathOf(request).version}`;
        return {
          sobjects: `${base}/sobjects`,
          query: `${base}/query`,
          queryAll: `${base}/queryAll`,
          limits: `${base}/limits`,
          composite: `${base}/composite`,
        };
      });
      rest.get('/limits', () => {
        const unused = (Max: number) => ({ Max, Remaining: Max });
        return {
          DailyApiRequests: { Max: settings.apiRequestsMax, Remaining: settings.apiRequestsMax - requestCount },
          DailyBulkV2QueryJobs: unused(10_000),
          DailyBulkV2QueryFileStorageMB: unused(976_562),
          DailyDeliveredPlatformEvents: unused(50_000),
        };
      });
      registerRows(rest, settings);
      registerCollections(rest, settings);
      registerQueries(rest, settings);
      registerDescribe(rest, settings);
    },
    { prefix: '/services/data/:version' },
  );
}
