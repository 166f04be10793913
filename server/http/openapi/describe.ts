/** The OpenAPI 3.1 description of the API, made from the declared routes, the schemas and the access rules. */
import { z } from 'zod';
import { ROLES, type Role } from '../../../shared-schemas/roles.ts';
import { REFUSALS } from '../../../sync-rules/refusal.ts';
import { type Access, type ApiRoute, type DescribedAnswer, type JsonSchema, schemaRef } from '../api-route.ts';
import { ERRORS, type ErrorCode } from '../errors.ts';

export interface DescriptionOptions {
  readonly version: string;
  /** By name: what routes refer to with schemaRef. */
  readonly schemas: Readonly<Record<string, JsonSchema>>;
  readonly rolesOf: (access: Access) => readonly Role[];
}

export function describeApi(
  routes: readonly ApiRoute[],
  { version, schemas, rolesOf }: DescriptionOptions,
): JsonSchema {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = `/api${route.path}`;
    paths[path] = { ...paths[path], [route.method]: operation(route, rolesOf(route.access)) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'VitaSync',
      version,
      description: INTRODUCTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        dashboard: {
          type: 'apiKey',
          in: 'cookie',
          name: 'vitasync_dashboard',
          description:
            'Of POST /api/admin/session, for administrators; requests that change something need X-CSRF-Token as well',
        },
      },
      schemas: { ...schemas, Problem: problemSchema() },
    },
  };
}

const INTRODUCTION = [
  'Log in with `POST /api/login` and send the `accessToken` with every request.',
  'What one may read here is what a tablet of the same person syncs. Errors are problem details (RFC 9457): `code` says what',
  'happened and never changes its meaning; with the code `refused`, `reason` is the access rule that refused.',
].join(' ');

function operation(route: ApiRoute, roles: readonly Role[]): JsonSchema {
  const { access, body } = route;
  const parameters = [...pathParameters(route), ...queryParameters(route), ...headerParameters(route)];
  return {
    operationId: operationId(route),
    tags: [route.tag],
    summary: route.summary,
    description: [route.description, who(access, roles)].filter(Boolean).join('\n\n'),
    'x-roles': access === 'anyone' ? ['anyone'] : roles,
    security: access === 'anyone' ? [] : [{ bearer: [] }, { dashboard: [] }],
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        required: body.optional !== true,
        content: Object.fromEntries(
          (body.mediaTypes ?? ['application/json']).map((type) => [
            type,
            { schema: body.described ?? jsonSchemaOf(body.schema) },
          ]),
        ),
      },
    }),
    responses: { ...answers(route), ...problems(route) },
  };
}

/** `get /patients/{id}/timeline` becomes `getPatientsByIdTimeline`. */
function operationId({ method, path }: ApiRoute): string {
  const words = path.split(/[/{}.-]+/).filter(Boolean);
  const names = path.includes('{')
    ? path
        .split('/')
        .filter(Boolean)
        .map((part) => (part.startsWith('{') ? `by-${part.slice(1, -1)}` : part))
    : words;
  const capital = names
    .flatMap((name) => name.split(/[-.]/))
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${method}${capital.join('')}`;
}

function who(access: Access, roles: readonly Role[]): string {
  if (access === 'anyone') return 'Needs no login.';
  return roles.length === ROLES.length ? 'For everyone who is logged in.' : `For: ${roles.join(', ')}.`;
}

const pathParameters = ({ path, params = {} }: ApiRoute) =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    description: params[name] ?? '',
    schema: { type: 'string' },
  }));

function queryParameters({ query }: ApiRoute) {
  if (!query) return [];
  const { properties = {}, required = [] } = jsonSchemaOf(query) as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(description !== undefined && { description }),
    schema,
  }));
}

const headerParameters = ({ headers = {} }: ApiRoute) =>
  Object.entries(headers).map(([name, description]) => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string' },
  }));

const jsonSchemaOf = (schema: z.ZodType): JsonSchema => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
};

const answers = ({ answers: described, method }: ApiRoute) =>
  Object.fromEntries(
    Object.entries(described).flatMap(([status, answer]) => {
      const entry = [status, describedAnswer(answer)] as const;
      const hasTag = method === 'get' && answer.headers?.ETag !== undefined;
      return hasTag ? [entry, ['304', { description: 'It is what If-None-Match names' }] as const] : [entry];
    }),
  );

const describedAnswer = ({
  description,
  schema,
  mediaType = 'application/json',
  alsoAs = {},
  headers,
}: DescribedAnswer) => ({
  description,
  ...(schema && {
    content: Object.fromEntries(
      Object.entries({ [mediaType]: schema, ...alsoAs }).map(([type, inner]) => [type, { schema: inner }]),
    ),
  }),
  ...(headers && {
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, text]) => [name, { description: text, schema: { type: 'string' } }]),
    ),
  }),
});

/** The errors that every route of its kind can answer, and its own. */
function codesOf({ method, access, body, query, errors = [] }: ApiRoute): ErrorCode[] {
  return [
    ...new Set<ErrorCode>([
      ...(access === 'anyone' ? [] : (['unauthorized', 'token_expired'] as const)),
      ...(access === 'anyone' || method === 'get' ? [] : (['csrf'] as const)),
      ...(typeof access === 'object' ? (['roles' in access ? 'forbidden' : 'refused'] as const) : []),
      ...(body ? (['malformed_json', 'malformed_request', 'too_large', 'unsupported_media_type'] as const) : []),
      ...(body || query ? (['invalid_input'] as const) : []),
      ...errors,
      'internal_error',
      'store_unavailable',
      'unavailable',
    ]),
  ];
}

function problems(route: ApiRoute): Record<string, unknown> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codesOf(route))
    byStatus.set(ERRORS[code].status, [...(byStatus.get(ERRORS[code].status) ?? []), code]);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      String(status),
      {
        description: codes.map((code) => `\`${code}\`: ${ERRORS[code].detail}`).join('\n\n'),
        content: {
          'application/problem+json': {
            schema: { allOf: [schemaRef('Problem'), { properties: { code: { enum: codes } } }] },
          },
        },
      },
    ]),
  );
}

const problemSchema = (): JsonSchema => ({
  type: 'object',
  description: 'What went wrong (RFC 9457)',
  properties: {
    type: { type: 'string', description: '`urn:vitasync:problem:<code>`' },
    title: { type: 'string', description: 'The status in words' },
    status: { type: 'integer' },
    code: { type: 'string', enum: Object.keys(ERRORS), description: 'Stable' },
    detail: { type: 'string', description: 'What happened and what to do; its wording may change' },
    reason: { type: 'string', enum: Object.keys(REFUSALS), description: 'With `refused`: the access rule' },
    downSince: { type: 'string', format: 'date-time', description: 'With `store_unavailable`' },
    fields: { type: 'array', items: { type: 'string' }, description: 'With `refused`: the fields that it is about' },
    faults: {
      type: 'array',
      description: 'Everything that is wrong with the input',
      items: {
        type: 'object',
        properties: {
          path: { type: 'string', description: 'Where, in the input' },
          message: { type: 'string' },
          rule: { type: 'string', description: 'The JSON Schema keyword that failed' },
          part: { type: 'string', description: 'Of a visit: the part that it is about' },
        },
        required: ['path', 'message'],
      },
    },
  },
  required: ['type', 'title', 'status', 'code', 'detail'],
});
