/** Mounts declared routes: token, access, body, validation, handler, answer, in this order. */
import { type Request, type RequestHandler, type Response, Router } from 'express';
import type { Access, Answer, ApiRoute, RequestBody } from './api-route.ts';
import { HttpError } from './errors.ts';
import { jsonBody } from './json-body.ts';
import { parseInput } from './parse-input.ts';
import { principalOf } from './request-principal.ts';

const DEFAULT_BODY_LIMIT_BYTES = 64 * 1_024;

export interface MountOptions {
  /** Sets the principal of a request, or throws an HttpError. */
  readonly authenticate: (req: Request) => Promise<void>;
  /** Throws an HttpError where the principal of the request is not among those that may call. */
  readonly checkAccess: (req: Request, access: Exclude<Access, 'anyone'>) => void;
}

/** To be mounted at `/api`. Methods that a path does not have are answered 405. */
export function mountRoutes(routes: readonly ApiRoute[], options: MountOptions): RequestHandler {
  const rooms = new Map<string, Router>();
  const roomOf = (path: string): Router => {
    const room = rooms.get(firstSegment(path)) ?? Router({ caseSensitive: true, strict: true });
    rooms.set(firstSegment(path), room);
    return room;
  };
  for (const route of routes) roomOf(route.path)[route.method](expressPath(route.path), ...handlersOf(route, options));
  for (const [path, methods] of methodsByPath(routes)) {
    roomOf(path).all(path, (_req, _res, next) =>
      next(new HttpError('method_not_allowed', { headers: { Allow: methods.join(', ') } })),
    );
  }
  // Express tries one route after the other, and there are more than a hundred: the first word of the path leaves a few.
  const dispatch: RequestHandler = (req, res, next) => {
    const room = rooms.get(firstSegment(req.path));
    if (room) room(req, res, next);
    else next();
  };
  // As Express's own routers have it, for whoever looks at what is served.
  return Object.assign(dispatch, { stack: [...rooms.values()].flatMap((room) => room.stack) });
}

const firstSegment = (path: string): string => path.split('/', 2)[1] ?? '';

export const expressPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1');

function methodsByPath(routes: readonly ApiRoute[]): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const { method, path } of routes) {
    const known = methods.get(expressPath(path)) ?? [];
    methods.set(expressPath(path), [...known, ...(method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()])]);
  }
  return methods;
}

function handlersOf(route: ApiRoute, { authenticate, checkAccess }: MountOptions): RequestHandler[] {
  const { access, body, guard } = route;
  const admit = async (req: Request) => {
    if (access === 'anyone') return;
    await authenticate(req);
    checkAccess(req, access);
  };
  const read = [...(body ? bodyParser(body) : []), ...(guard ? [guard] : [])];
  const admitFirst: RequestHandler = async (req, _res, next) => {
    await admit(req);
    next();
  };
  const answerIt: RequestHandler = async (req, res) => {
    // Where there is nothing to read in between, one step less.
    if (read.length === 0) await admit(req);
    const answer = await route.handle({
      get principal() {
        return principalOf(req);
      },
      params: req.params as Readonly<Record<string, string>>,
      query: route.query ? parseInput(route.query, { ...req.query }) : undefined,
      body: body ? parseInput(body.schema, bodyOf(req, body)) : undefined,
      req,
      res,
    });
    if (answer.stream) answer.stream(res);
    else send(req, res, answer);
  };
  return read.length === 0 ? [answerIt] : [admitFirst, ...read, answerIt];
}

const bodyParser = ({ limitBytes = DEFAULT_BODY_LIMIT_BYTES, mediaTypes }: RequestBody<unknown>) =>
  jsonBody({ limitBytes, ...(mediaTypes && { mediaTypes }) });

function bodyOf(req: Request, { optional = false }: RequestBody<unknown>): unknown {
  const body: unknown = req.body;
  if (body !== undefined) return body;
  const isEmpty = req.get('transfer-encoding') === undefined && Number(req.get('content-length') ?? '0') === 0;
  if (optional && isEmpty) return {};
  throw new HttpError('unsupported_media_type');
}

function send(req: Request, res: Response, { status = 200, body, headers, etag }: Answer): void {
  // What one person may see is nobody else's to keep.
  res.setHeader('Cache-Control', 'private, no-cache');
  res.setHeader('Vary', 'Authorization');
  if (headers) res.set(headers);
  if (etag !== undefined) res.setHeader('ETag', `"${etag}"`);
  const isRead = req.method === 'GET' || req.method === 'HEAD';
  if (isRead && etag !== undefined && namesTag(req.get('if-none-match'), etag)) {
    res.status(304).end();
    return;
  }
  res.statusCode = status;
  if (body === undefined) {
    res.end();
    return;
  }
  if (!res.hasHeader('Content-Type')) res.setHeader('Content-Type', 'application/json; charset=utf-8');
  const bytes = Buffer.from(JSON.stringify(body));
  res.setHeader('Content-Length', bytes.byteLength);
  res.end(bytes);
}

/** The tags that an If-Match or If-None-Match header lists, without quotes; `*` stands for any. */
export const tagsOf = (header: string | undefined): string[] =>
  (header ?? '')
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, '').replaceAll('"', ''))
    .filter((tag) => tag !== '');

const namesTag = (header: string | undefined, etag: string): boolean =>
  tagsOf(header).some((tag) => tag === '*' || tag === etag);
