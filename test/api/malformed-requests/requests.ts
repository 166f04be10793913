/** Requests that are well but for one thing: by an administrator, to routes and documents that are there. */
import { PATH_OF, type TypeName } from '../access-matrix/situations.ts';
import { type Malformed, type MalformedStage, newContent } from './stage.ts';

/** Requests of one kind, made once the server is there. */
export interface Group {
  /** What holds for all of them, as the end of a sentence. */
  readonly name: string;
  readonly make: (requests: Requests) => readonly Malformed[];
  /** Whether the audit log tells of them. */
  readonly isAudited?: boolean;
}

export const JSON_TYPE = { 'content-type': 'application/json' };

export class Requests {
  readonly stage: MalformedStage;

  constructor(stage: MalformedStage) {
    this.stage = stage;
  }

  bearer(who: keyof MalformedStage['tokens'] = 'admin'): { authorization: string } {
    return { authorization: `Bearer ${this.stage.tokens[who]}` };
  }

  /** The address of the document of the type that is there. */
  pathOf(type: TypeName): string {
    return `${PATH_OF[type]}/${this.stage.documents[type]._id}`;
  }

  /** A document of the type that would be stored, if it was sent as it is. */
  content(type: TypeName): Record<string, unknown> {
    return newContent(type, this.stage.documents.patient.patientId);
  }

  /** A body that is text is sent as it is. */
  of(name: string, method: string, path: string, body?: unknown, headers = {}): Malformed {
    return {
      name,
      method,
      path,
      headers: { ...this.bearer(), ...(body !== undefined && JSON_TYPE), ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    };
  }
}
