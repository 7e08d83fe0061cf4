/** Asks services how they are, when it is known where they are (CONCORD_SERVICE_URLS). */

export type ServiceState = {
  readonly url: string;
  readonly name: string;
  readonly isReady: boolean;
  readonly detail: string;
};

const ANSWER_MS_MAX = 3000;

export async function probeServices(urls: string): Promise<ServiceState[]> {
  const listed = urls.split(',').flatMap((url) => url.trim().replace(/\/+$/, '') || []);
  return await Promise.all(listed.map(probe));
}

async function probe(url: string): Promise<ServiceState> {
  try {
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    const [info, ready] = await Promise.all([fetch(`${url}/info`, { signal }), fetch(`${url}/readyz`, { signal })]);
    const facts = (await info.json()) as Record<string, unknown>;
    const name = [facts['name'], facts['service']].find((one) => typeof one === 'string') ?? 'service';
    return { url, name, isReady: ready.ok, detail: ready.ok ? 'ready' : `not ready (${ready.status})` };
  } catch (error) {
    const { cause, message } = error as Error;
    return {
      url,
      name: 'service',
      isReady: false,
      detail: `no answer: ${cause instanceof Error ? cause.message : message}`,
    };
  }
}
