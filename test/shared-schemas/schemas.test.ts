/** What holds for all ten schemas, so that RxDB, OpenAPI and the server can each use them as they are. */
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { DOCUMENT_TYPES, fieldsOf, isDocumentType, schemas } from '../../shared-schemas/document-types.ts';

interface Node {
  readonly type?: string;
  readonly description?: string;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Node;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
}

/** Every schema within a schema, itself aside, with its path. */
function nodesOf(node: Node, path = ''): [string, Node][] {
  const inner: [string, Node][] = [
    ...Object.entries(node.properties ?? {}).map(([name, child]): [string, Node] => [`${path}/${name}`, child]),
    ...(node.items ? [[`${path}/*`, node.items] as [string, Node]] : []),
  ];
  return inner.flatMap(([name, child]) => [[name, child] as [string, Node], ...nodesOf(child, name)]);
}

const all = DOCUMENT_TYPES.map((type) => [type, schemas[type] as unknown as Node] as const);

describe.each(all)('the schema of %s', (type, schema) => {
  const nodes = nodesOf(schema);

  it('is a JSON Schema', () => {
    const ajv = new Ajv({ strict: false });
    expect(ajv.validateSchema(schemas[type])).toBe(true);
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
  });

  it('can be the schema of an RxDB collection', () => {
    expect(schema).toMatchObject({ title: type, version: 0, primaryKey: '_id', type: 'object' });
    expect(schema.properties?._id).toMatchObject({ type: 'string', maxLength: 100 });
    // RxDB keeps names that begin with an underscore to itself, the primary key and a few of its own aside.
    expect(fieldsOf(type).filter((field) => field.startsWith('_'))).toEqual(['_id']);
    for (const field of fieldsOf(type)) expect(field).toMatch(/^_?[a-z][a-zA-Z0-9]*$/);
  });

  it('describes the document and every field of it', () => {
    expect(schema.description).toBeTruthy();
    // What the id and the type are, their patterns say.
    const undescribed = nodes.filter(([path, node]) => !node.description && !path.endsWith('*'));
    expect(undescribed.map(([path]) => path)).toEqual(['/_id', '/type']);
  });

  it('bounds every text, list and number', () => {
    for (const [path, node] of nodes) {
      if (node.type === 'string') expect(node.maxLength, path).toBeGreaterThan(0);
      if (node.type === 'array') expect(node.maxItems, path).toBeGreaterThan(0);
      if (node.type === 'number' || node.type === 'integer') {
        expect(typeof node.minimum, path).toBe('number');
        expect(typeof node.maximum, path).toBe('number');
      }
      for (const value of node.enum ?? []) expect(String(value).length, path).toBeLessThanOrEqual(node.maxLength ?? 0);
    }
  });

  it('is closed, at every depth, and requires only what it has', () => {
    for (const [path, node] of [['', schema] as const, ...nodes]) {
      if (node.type !== 'object') continue;
      expect(node.additionalProperties, path).toBe(false);
      expect(Object.keys(node.properties ?? {}), path).toEqual(expect.arrayContaining([...(node.required ?? [])]));
    }
  });
});

describe('document types', () => {
  it('are ten', () => {
    expect([...DOCUMENT_TYPES].sort()).toEqual(
      'appointment clinic drug patient prescription procedure record staff vaccine vital'.split(' '),
    );
  });

  it('are not what every object inherits', () => {
    for (const value of ['constructor', 'toString', '__proto__', '', undefined, null, 3])
      expect(isDocumentType(value)).toBe(false);
  });
});
