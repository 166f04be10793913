/** Holds every answer of the API that a test records against the description that the server itself publishes. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormatsModule from 'ajv-formats';

type Operation = {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
};
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

export interface RecordedAnswer {
  readonly method: string;
  /** With its query, as it was sent. */
  readonly path: string;
  readonly status: number;
  readonly mediaType: string;
  readonly text: string;
}

// A CommonJS default export arrives one level deeper under some loaders.
const addFormats = ('default' in addFormatsModule ? addFormatsModule.default : addFormatsModule) as unknown as (
  ajv: Ajv2020,
) => void;

const ROOT = 'vitasync:api';
const pointer = (...parts: readonly string[]): string =>
  parts.map((part) => `/${encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('');

/** Most servers of a process describe the same API, and to compile its schemas takes longer than to start one of them. */
const ofText = new Map<string, DescribedAnswers>();

export class DescribedAnswers {
  readonly #description: Description;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });
  readonly #validators = new Map<string, ValidateFunction>();
  /** How many answers were held against the description. */
  checked = 0;

  constructor(description: Description) {
    this.#description = description;
    addFormats(this.#ajv);
    this.#ajv.addSchema(description, ROOT);
  }

  static async of(baseUrl: string): Promise<DescribedAnswers> {
    const response = await fetch(`${baseUrl}/api/openapi.json`);
    if (!response.ok) throw new Error(`there is no description of the API at ${baseUrl}: ${response.status}`);
    const text = await response.text();
    const answers = ofText.get(text) ?? new DescribedAnswers(JSON.parse(text) as Description);
    ofText.set(text, answers);
    return answers;
  }

  /** Throws where the answer is not one that the description allows. */
  check(answer: RecordedAnswer): void {
    const fault = this.#faultOf(answer);
    if (fault)
      throw new Error(`${answer.method} ${answer.path} answered ${answer.status}, which ${fault}: ${answer.text}`);
    this.checked++;
  }

  #faultOf({ method, path, status, mediaType, text }: RecordedAnswer): string | undefined {
    const found = this.#operation(method, path);
    // What is no route has nothing to be described by: only that it is refused.
    if (!found) return [400, 401, 404, 405].includes(status) ? undefined : 'is of a route that is not described';
    const response = found.operation.responses[String(status)];
    if (!response) return 'is not among the answers that are described';
    if (!response.content) return text === '' ? undefined : 'has a body that is not described';
    const type = mediaType.split(';')[0]?.trim() ?? '';
    if (!(type in response.content)) return `has the media type ${type}, which is not described`;
    const at = pointer(
      'paths',
      found.template,
      method.toLowerCase(),
      'responses',
      String(status),
      'content',
      type,
      'schema',
    );
    const validate = this.#validators.get(at) ?? this.#ajv.compile({ $ref: `${ROOT}#${at}` });
    this.#validators.set(at, validate);
    return validate(JSON.parse(text)) ? undefined : `does not fit: ${this.#ajv.errorsText(validate.errors)}`;
  }

  #operation(method: string, path: string): { template: string; operation: Operation } | undefined {
    const segments = path.split('?')[0]?.split('/') ?? [];
    for (const [template, operations] of Object.entries(this.#description.paths)) {
      const parts = template.split('/');
      if (parts.length !== segments.length) continue;
      const fits = parts.every((part, n) => part === segments[n] || (part.startsWith('{') && segments[n] !== ''));
      const operation = operations[method.toLowerCase()];
      if (fits && operation) return { template, operation };
    }
    return undefined;
  }
}
