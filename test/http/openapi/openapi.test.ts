/** The description of the API: valid, complete, true, and readable without the internet. */
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DescribedAnswers } from '../../support/described-answers.ts';
import { startServer, type TestServer } from '../../support/test-server.ts';

interface Operation {
  readonly operationId: string;
  readonly 'x-roles': readonly string[];
  readonly security: readonly object[];
  readonly parameters?: readonly { name: string; in: string }[];
}
interface Description {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, { required?: string[] }>> };
}

let server: TestServer;
let description: Description;

beforeAll(async () => {
  server = await startServer();
  description = (await (await fetch(`${server.url}/api/openapi.json`)).json()) as Description;
});
afterAll(() => server?.close());

/** What Express would serve below `/api`, from its own tables. */
function servedRoutes(): string[] {
  interface Layer {
    readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
    readonly handle?: { readonly stack?: readonly Layer[] };
    readonly match?: (path: string) => boolean;
  }
  const found: string[] = [];
  const walk = (layers: readonly Layer[]) => {
    for (const { route, handle } of layers) {
      if (route) {
        for (const method of Object.keys(route.methods))
          found.push(`${method} ${route.path.replaceAll(/:(\w+)/g, '{$1}')}`);
      }
      if (handle?.stack) walk(handle.stack);
    }
  };
  const app = (server as unknown as { app: { router: { stack: readonly Layer[] } } }).app;
  const api = app.router.stack.filter(
    (layer) => layer.match?.('/api/records') && !layer.match('/elsewhere') && layer.handle?.stack,
  );
  for (const layer of api) walk([layer]);
  return found;
}

/** Served beside the API: the description itself, and the page that shows it. */
const OF_THE_DESCRIPTION = [
  '/openapi.json',
  '/docs',
  '/docs/docs.js',
  '/docs/swagger-ui.css',
  '/docs/swagger-ui-bundle.js',
];

describe('the description', () => {
  it('is valid OpenAPI 3.1', async () => {
    const result = await new Validator().validate(structuredClone(description) as unknown as Record<string, unknown>);
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
    expect(description.openapi).toMatch(/^3\.1\./);
  });

  it('has every route that is served, and no other', () => {
    const served = servedRoutes().filter(
      (name) => !name.startsWith('_all ') && !OF_THE_DESCRIPTION.includes(name.split(' ')[1] ?? ''),
    );
    const described = Object.entries(description.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path.replace(/^\/api/, '')}`),
    );
    expect(described.length).toBeGreaterThan(60);
    expect(new Set(described)).toEqual(new Set(served));
  });

  it('names each operation once', () => {
    const ids = Object.values(description.paths).flatMap((operations) =>
      Object.values(operations).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('says who may call', () => {
    const roles = (path: string, method: string) => description.paths[path]?.[method]?.['x-roles'];
    expect(roles('/api/login', 'post')).toEqual(['anyone']);
    expect(roles('/api/patients', 'get')).toEqual(['admin', 'doctor', 'nurse', 'patient']);
    expect(roles('/api/prescriptions', 'post')).toEqual(['admin', 'doctor']);
    expect(roles('/api/prescriptions/{id}/fill', 'post')).toEqual(['admin', 'pharmacist']);
    expect(roles('/api/procedures/{id}/perform', 'post')).toEqual(['admin', 'doctor', 'nurse']);
    expect(roles('/api/accounts', 'post')).toEqual(['admin']);
  });

  it('asks of a new document only what the server cannot know', () => {
    expect(description.components.schemas.NewRecord?.required).toEqual(['patientId', 'diagnosis']);
    expect(description.components.schemas.NewPatient?.required).toEqual(['firstName', 'lastName', 'sex', 'birthDate']);
    expect(description.components.schemas.NewVital?.required).toEqual(['patientId']);
  });
});

describe('answers', () => {
  it('that do not fit their description are noticed', () => {
    const answers = new DescribedAnswers(description as unknown as ConstructorParameters<typeof DescribedAnswers>[0]);
    const record = { method: 'GET', path: '/api/records?limit=1', status: 200, mediaType: 'application/json' };
    const check =
      (text: string, more = {}) =>
      () =>
        answers.check({ ...record, text, ...more });
    expect(check('{"items":[]}')).not.toThrow();
    expect(check('{"rows":[]}')).toThrow('does not fit');
    expect(check('{"items":[{"_id":"x"}]}')).toThrow('does not fit');
    expect(check('{"items":[]}', { status: 299 })).toThrow('not among the answers');
    expect(check('{"items":[]}', { mediaType: 'text/html' })).toThrow('media type');
    expect(check('{"items":[]}', { path: '/api/unheard-of' })).toThrow('not described');
  });
});
