/**
 * A route of `/api`, declared in one place: path, who may call, what it takes, what it answers, and the handler. The server
 * mounts these (mount-routes.ts) and describes them (openapi/), so that no route is undescribed.
 */
import type { Request, RequestHandler, Response } from 'express';
import type { z } from 'zod';
import type { DocumentType } from '../../shared-schemas/document-types.ts';
import type { Role } from '../../shared-schemas/roles.ts';
import type { Action } from '../../sync-rules/access-row.ts';
import type { ErrorCode } from './errors.ts';
import type { AuthenticatedPrincipal } from './request-principal.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Who may call: asked before anything of the request but its token is looked at. */
export type Access =
  | 'anyone'
  | 'signed-in'
  | { readonly roles: readonly Role[] }
  /** Whoever the access table gives a row of this action on this type (and field) at all. */
  | { readonly action: Action; readonly type: DocumentType; readonly field?: string };

export interface RequestBody<B> {
  /** Validates the body. Where `described` is set, the handler's own checks go further than it. */
  readonly schema: z.ZodType<B>;
  /** JSON Schema for the description, where it says more than the zod schema does. */
  readonly described?: JsonSchema;
  readonly mediaTypes?: readonly string[];
  readonly limitBytes?: number;
  /** The request may come without a body; the schema then gets `{}`. */
  readonly optional?: boolean;
}

export interface DescribedAnswer {
  readonly description: string;
  /** JSON Schema of the body; without one the answer has none. */
  readonly schema?: JsonSchema;
  readonly mediaType?: string;
  /** Other media types that the client may ask for, with their schemas. */
  readonly alsoAs?: Readonly<Record<string, JsonSchema>>;
  /** Names of headers, each with what it says. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Call<Q, B> {
  /** Throws where the route is open to anyone. */
  readonly principal: AuthenticatedPrincipal;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Q;
  readonly body: B;
  readonly req: Request;
  readonly res: Response;
}

export interface Answer {
  /** 200 where nothing is said. */
  readonly status?: number;
  /** Takes the response over, instead of everything else here. */
  readonly stream?: (res: Response) => void;
  /** Sent as JSON; an answer without one has no body. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Opaque, without quotes: a GET whose If-None-Match names it is answered 304. */
  readonly etag?: string;
}

export interface RouteDefinition<Q, B> {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Below `/api`, as in OpenAPI: `/records/{id}`. */
  readonly path: string;
  /** Group in the description. */
  readonly tag: string;
  /** One line that begins with a verb. */
  readonly summary: string;
  readonly description?: string;
  readonly access: Access;
  /** What each `{parameter}` of the path is. */
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: z.ZodType<Q>;
  /** Request headers that mean something here, each with what it says. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody<B>;
  readonly answers: Readonly<Record<number, DescribedAnswer>>;
  /** Errors of its own; those that follow from access and body are described by themselves. */
  readonly errors?: readonly ErrorCode[];
  /** Run once the body is read, before it is validated. */
  readonly guard?: RequestHandler;
  readonly handle: (call: Call<Q, B>) => Promise<Answer>;
}

/** A route whose handler has its types from its schemas; outside, the types do not matter. */
export interface ApiRoute extends RouteDefinition<unknown, unknown> {}

export const route = <Q = undefined, B = undefined>(definition: RouteDefinition<Q, B>): ApiRoute =>
  definition as unknown as ApiRoute;

/** A schema that the description of the API holds under this name. */
export const schemaRef = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });
