import { type Context, Hono } from 'hono';
import { cors } from 'hono/cors';
import { TASK_NAMES, type Task, taskRecord } from '../pipeline/tasks.ts';
import { authorize } from './authorization.ts';
import { checkFields, readBody } from './body.ts';
import { Deadline } from './deadline.ts';
import { embeddings } from './embeddings.ts';
import { API_KEY_VARIABLE, environmentKey } from './environment-key.ts';
import { Gate } from './gate.ts';
import type { Handler } from './handler.ts';
import { causeOf, overloaded, Refusal, refusalOf } from './http-refusal.ts';
import { type Gauge, Metrics } from './metrics.ts';
import { Models, type ServedModel } from './models.ts';
import { checkSettings, type LogEntry, type ServerOptions } from './server-options.ts';
import { taskHandler } from './task-handler.ts';

export type { LogEntry, ServedModel, ServerOptions };

/** A hono app: `server.fetch(request)` answers, on every runtime that has Request and Response. */
export interface Server extends Hono {
  /**
   * Loads all models; without it each is loaded by the first request that needs it.
   *
   * @throws HashformerError as HashFormer.load()
   */
  load(): Promise<void>;
  /** Refuses new work, waits for what is running, and disposes of the models that it loaded. */
  close(): Promise<void>;
}

/** Routes of tasks that are asked as others have it. */
const PROTOCOLS: Partial<Record<Task, Handler>> = { 'feature-extraction': embeddings };
/** What does each task, by its route. */
const HANDLERS = new Map(
  TASK_NAMES.map((task) => [taskRecord(task).route as string, PROTOCOLS[task] ?? taskHandler(task)]),
);

interface Route {
  readonly method: 'GET' | 'POST';
  /** Whether no API key guards it. */
  readonly open?: true;
  readonly about: string;
}

/** What a route of a task takes. */
function aboutTask({ task, fields: [texts, ...optional] }: Handler): Route {
  const fields = [texts, ...optional.map((name) => `${name}?`)];
  return { method: 'POST', about: `${taskRecord(task).about}: { ${fields.join(', ')} }` };
}

/** Every route: how it is asked. */
const ROUTES: Readonly<Record<string, Route>> = {
  '/': { method: 'GET', open: true, about: 'this list' },
  ...Object.fromEntries([...HANDLERS].map(([route, handler]) => [route, aboutTask(handler)])),
  '/v1/models': { method: 'GET', about: 'the models' },
  '/v1/models/:model': { method: 'GET', about: 'one of them' },
  '/health': { method: 'GET', open: true, about: 'whether requests can be answered: 200 or 503' },
  '/health/live': { method: 'GET', open: true, about: 'whether the server runs: 200' },
  '/metrics': { method: 'GET', about: "numbers in Prometheus' format" },
};
const METHODS = ['GET', 'HEAD', 'POST', 'OPTIONS'];

/** The route of a path, as ROUTES has it. */
function routeOf(path: string): string {
  if (Object.hasOwn(ROUTES, path)) return path;
  return path.startsWith('/v1/models/') ? '/v1/models/:model' : 'other';
}

/**
 * A server of embeddings and labels. Nothing is loaded before it is needed.
 *
 * @throws HashformerError `argument`
 */
export function createServer(options?: ServerOptions): Server {
  const settings = checkSettings(options);
  const models = new Models(settings.models, settings.load);
  const gate = new Gate(settings.concurrency, settings.maxQueue);
  const metrics = new Metrics();
  const created = Math.floor(Date.now() / 1000);
  const app = new Hono();
  let inFlight = 0;
  let closing = false;

  /** Workers have the variable in what each request comes with. */
  const keys = ({ env }: Context): readonly string[] => {
    if (settings.apiKey !== undefined) return settings.apiKey;
    const key = env?.[API_KEY_VARIABLE] || environmentKey();
    return typeof key === 'string' ? [key] : [];
  };

  const refuse = (c: Context, refusal: Refusal) =>
    c.json(refusal.body, refusal.status as 400, { ...refusal.headers });

  const modelCard = (id: string) => ({ id, object: 'model', created, owned_by: 'hashformer' });

  const gauges = (): Gauge[] => [
    {
      name: 'hashformer_requests_in_flight',
      help: 'Requests that are being answered.',
      values: [{ labels: {}, value: inFlight }],
    },
    {
      name: 'hashformer_requests_queued',
      help: 'Those of them that wait for their turn to compute.',
      values: [{ labels: {}, value: gate.queued }],
    },
    {
      name: 'hashformer_model_memory_bytes',
      help: 'Memory that a loaded model computes in.',
      values: models.memory,
    },
  ];

  /** Answers a task, or says why not. */
  const answer = async (c: Context, { task, fields, check }: Handler): Promise<Response> => {
    if (closing) throw overloaded('The server is stopping.');
    gate.admit();
    const deadline = new Deadline(settings.timeout, c.req.raw);
    const { signal } = deadline;
    try {
      const body = await readBody(c.req.raw, settings.maxBodyBytes, signal);
      checkFields(body, fields);
      const compute = check(body, settings);
      const name = models.choose(body.model, task);
      const model = await deadline.wait(models.get(name)).catch((cause) => {
        if (cause instanceof Refusal) throw cause;
        const message = `The model ${name} could not be loaded; the server's log says why.`;
        throw new Refusal(503, 'model_unavailable', message, { cause });
      });
      return c.json(await gate.run(() => compute({ name, model, signal, metrics }), signal));
    } catch (error) {
      // What the signal stopped says only that it was stopped.
      throw signal.aborted && !(error instanceof Refusal) ? signal.reason : error;
    } finally {
      deadline.end();
      gate.leave();
    }
  };

  app.use(async (c, next) => {
    const begun = performance.now();
    const route = routeOf(c.req.path);
    const method = METHODS.includes(c.req.method) ? c.req.method : 'other';
    inFlight++;
    try {
      await next();
    } finally {
      inFlight--;
      const milliseconds = performance.now() - begun;
      const { status } = c.res;
      metrics.requests.add({ route, method, status: String(status) });
      metrics.seconds.add(route, milliseconds / 1000);
      const error = c.error === undefined ? undefined : causeOf(refusalOf(c.error));
      settings.log({ method, route, status, milliseconds, ...(error === undefined ? {} : { error }) });
    }
  });
  if (settings.cors.length > 0) {
    const origin = settings.cors.includes('*') ? '*' : [...settings.cors];
    app.use(cors({ origin, allowMethods: ['GET', 'POST'], allowHeaders: ['authorization', 'content-type'] }));
  }
  app.use(async (c, next) => {
    if (ROUTES[routeOf(c.req.path)]?.open !== true) await authorize(c.req.header('authorization'), keys(c));
    await next();
  });

  app.get('/', (c) =>
    c.json({
      name: 'hashformer',
      models: models.names,
      routes: Object.fromEntries(
        Object.entries(ROUTES).map(([path, { method, about }]) => [`${method} ${path}`, about]),
      ),
    }),
  );
  app.get('/health/live', (c) => c.json({ status: 'ok' }));
  app.get('/health', (c) => {
    const { states } = models;
    const able = Object.values(states).every((state) => state === 'idle' || state === 'ready');
    const status = closing ? 'stopping' : able ? 'ok' : 'unavailable';
    return c.json({ status, models: states }, status === 'ok' ? 200 : 503);
  });
  app.get('/metrics', (c) =>
    c.body(metrics.render(gauges()), 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }),
  );
  app.get('/v1/models', (c) => c.json({ object: 'list', data: models.names.map(modelCard) }));
  app.get('/v1/models/:model{.+}', (c) =>
    c.json(modelCard(models.choose(c.req.param('model'), 'feature-extraction'))),
  );
  for (const [route, handler] of HANDLERS) app.post(route, (c) => answer(c, handler));
  app.notFound((c) => {
    const route = ROUTES[routeOf(c.req.path)];
    if (route === undefined) {
      return refuse(c, new Refusal(404, 'unknown_url', 'There is no such route; GET / lists them.'));
    }
    const allow = route.method === 'GET' ? 'GET, HEAD' : route.method;
    const message = `This route takes ${allow}, not ${c.req.method}.`;
    return refuse(c, new Refusal(405, 'method_not_allowed', message, { headers: { allow } }));
  });
  app.onError((error, c) => refuse(c, refusalOf(error)));

  return Object.assign(app, {
    load: () => models.load(),
    close: async () => {
      closing = true;
      await gate.emptied();
      models.dispose();
    },
  });
}
