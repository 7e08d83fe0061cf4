// The HTTP server: body parsing, refusals in the vendor's shape, and the misfortunes of the fault menu.
import fastify from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from './errors.ts';
import type { FaultMenu } from './faults/menu.ts';
import { attributesOf } from './rest/render.ts';
import type { Catalogue } from './model/catalogue.ts';
import { MultipleMatchesError } from './store/transaction.ts';

const BODY_BYTES_MAX = 52_428_800;
const PATH_BYTES_MAX = 16_384;
const HEADER_BYTES_MAX = 65_536;

export function createHttp(catalogue: Catalogue, faults: FaultMenu): FastifyInstance {
  const app = fastify({
    http: { maxHeaderSize: HEADER_BYTES_MAX },
    bodyLimit: BODY_BYTES_MAX,
    routerOptions: { maxParamLength: PATH_BYTES_MAX },
    forceCloseConnections: true,
  });
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
    done(null, new URLSearchParams(String(body))),
  );
  allowEmptyJson(app);
  app.addHook('onRequest', async (request) => {
    if (request.url.length > PATH_BYTES_MAX) throw new ApiError('URI_TOO_LONG', 'The URI is too long', { status: 414 });
  });
  orderedFaults(app, faults);
  app.setNotFoundHandler((_request, reply) => {
    reply.code(404).send([{ errorCode: 'NOT_FOUND', message: 'The requested resource does not exist' }]);
  });
  app.setErrorHandler((error, request, reply) => refuse(catalogue, error, request, reply));
  return app;
}

/** Clients send a JSON content type even with a DELETE or a POST that has no body. */
function allowEmptyJson(app: FastifyInstance): void {
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    if (body === '') return done(null, undefined);
    try {
      done(null, JSON.parse(String(body)));
    } catch (error) {
      done(new ApiError('JSON_PARSER_ERROR', (error as Error).message));
    }
  });
}

/** The vendor answers with a list of errors even where there is one, and with a list of addresses where a key is ambiguous. */
function refuse(catalogue: Catalogue, error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  if (error instanceof ApiError) {
    const fields = error.fields.length > 0 ? { fields: error.fields } : {};
    reply.code(error.status).send([{ message: error.message, errorCode: error.code, ...fields }]);
  } else if (error instanceof MultipleMatchesError) {
    const version = (request.params as { version?: string }).version ?? '';
    const urlOf = (id: string) => attributesOf(catalogue.findByKeyPrefix(id)!, id, version)['url'];
    reply.code(300).send(error.ids.map(urlOf));
  } else {
    const { statusCode, message } = error as { statusCode?: number; message: string };
    const status = statusCode !== undefined && statusCode < 500 ? statusCode : 500;
    const errorCode = status === 500 ? 'UNKNOWN_EXCEPTION' : 'INVALID_REQUEST';
    reply.code(status).send([{ message, errorCode }]);
  }
}

/** Only the vendor's own paths suffer; the emulator's endpoints and the sales user's pages do not. */
function orderedFaults(app: FastifyInstance, faults: FaultMenu): void {
  const pathOf = (request: FastifyRequest) => decodeURIComponent(request.url);
  const isVendors = (request: FastifyRequest) => request.url.startsWith('/services/');
  app.addHook('onRequest', async (request, reply) => {
    if (faults.list().length === 0 || !isVendors(request)) return;
    const [method, path] = [request.method, pathOf(request)];
    const latency = faults.takeForRequest('latency', method, path);
    if (latency) await new Promise((resolve) => setTimeout(resolve, latency.delayMs));
    if (faults.takeForRequest('drop-request', method, path)) {
      reply.hijack();
      request.raw.socket.destroy();
      return;
    }
    const refusal = faults.takeForRequest('status', method, path);
    if (refusal) {
      const message = refusal.message ?? 'Ordered by the fault menu.';
      reply.code(refusal.status).send([{ message, errorCode: refusal.code }]);
      await reply;
    }
  });
  // The caller is cut off at once, and what it asked for is done all the same, later than anything it does meanwhile.
  app.addHook('preHandler', async (request) => {
    if (faults.list().length === 0 || !isVendors(request)) return;
    const late = faults.takeForRequest('late-request', request.method, pathOf(request));
    if (!late) return;
    request.raw.socket.destroy();
    await faults.holdLate(request, late.delayMs);
  });
  app.addHook('onSend', async (request) => faults.lateDone(request));
  app.addHook('onSend', async (request, reply, payload) => {
    if (faults.list().length === 0 || !isVendors(request) || reply.statusCode >= 400) return payload;
    if (faults.takeForRequest('drop-reply', request.method, pathOf(request))) request.raw.socket.destroy();
    return payload;
  });
}
