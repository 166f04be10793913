/** What the words of the table say to one request. Knows nothing of the code that is tested. */
import type { AccessWords, Condition, Grant, RoleName, Verb } from './access-words.ts';
import { type Body, CONTENT, isPatientBound, type Situation, type TypeName } from './situations.ts';

/** Who calls. */
export interface Role {
  readonly role: RoleName;
  /** Works at a clinic that does not have the patient. */
  readonly elsewhere: boolean;
}

export type Operation = 'GET' | 'PUT' | 'PATCH' | 'DELETE' | 'fill' | 'unfill' | 'perform';

/** A change by PUT or PATCH. */
export interface Change {
  readonly name: string;
  /** `update` for an ordinary one; what means something special must be granted by its own word. */
  readonly verb: 'update' | 'cancel' | 'perform' | 'fill' | 'un-fill';
  readonly fields: readonly string[];
}

export interface Expected {
  readonly status: number;
  /** Of a refusal: the reason must be one of these; each is a condition that does not hold. */
  readonly reasons?: readonly string[];
  readonly code?: string;
}

const CHANGING: readonly Verb[] = ['update', 'cancel', 'perform', 'fill', 'un-fill'];
const VERBS_OF: Readonly<Record<Operation, readonly Verb[]>> = {
  GET: ['read'],
  PUT: CHANGING,
  PATCH: CHANGING,
  DELETE: ['delete'],
  fill: ['fill'],
  unfill: ['un-fill'],
  perform: ['perform'],
};
/** The state that an action ends in; from any other than the one before it, it is out of place. */
const STATES: Readonly<Partial<Record<Operation, { readonly from: string; readonly to: string }>>> = {
  fill: { from: 'pending', to: 'filled' },
  unfill: { from: 'filled', to: 'pending' },
  perform: { from: 'planned', to: 'performed' },
};

export const NEVER: Expected = { status: 403, code: 'refused', reasons: ['not_allowed'] };
export const UNSEEN: Expected = { status: 404, code: 'not_found' };
const refusedFor = (reasons: Iterable<string>): Expected => ({
  status: 403,
  code: 'refused',
  reasons: [...new Set(reasons)],
});

export class Expectation {
  readonly #words: AccessWords;

  constructor(words: AccessWords) {
    this.#words = words;
  }

  grants(role: RoleName, type: TypeName, ...verbs: readonly Verb[]): readonly Grant[] {
    const row = this.#words.get(type);
    if (!row) throw new Error(`the table has no row for ${type}`);
    return row[role].filter(({ verb }) => verbs.includes(verb));
  }

  /** Whether the role may ever do any of it with any document of the type. */
  mayEver({ role }: Role, type: TypeName, ...verbs: readonly Verb[]): boolean {
    return this.grants(role, type, ...verbs).length > 0;
  }

  sees(caller: Role, situation: Situation): boolean {
    return this.#reading(caller, situation).length > 0;
  }

  /** Of the fields that documents of the type are given here. */
  seesField(caller: Role, situation: Situation, field: string): boolean {
    return this.#reading(caller, situation).some(
      ({ only, without = [] }) => (only?.includes(field) ?? true) && !without.includes(field),
    );
  }

  #reading(caller: Role, situation: Situation): readonly Grant[] {
    if (caller.elsewhere && isPatientBound(situation.type)) return [];
    return this.grants(caller.role, situation.type, 'read').filter(
      (grant) => failures(grant, caller, situation).length === 0,
    );
  }

  hiddenFields(caller: Role, situation: Situation): string[] {
    return Object.keys(CONTENT[situation.type]).filter((field) => !this.seesField(caller, situation, field));
  }

  ofUnknown(caller: Role, operation: Operation, type: TypeName): Expected {
    return this.mayEver(caller, type, ...VERBS_OF[operation]) ? UNSEEN : NEVER;
  }

  of(caller: Role, operation: Operation, situation: Situation, change?: Change): Expected {
    const { type } = situation;
    const verbs = VERBS_OF[operation];
    if (!this.mayEver(caller, type, ...verbs)) return NEVER;
    if (!this.sees(caller, situation)) return UNSEEN;
    const grants = this.grants(caller.role, type, ...verbs);
    if (operation === 'GET') return { status: 200 };
    if (change) return settled(200, grants, (grant) => changeFailures(grant, caller, situation, change));
    const state = STATES[operation];
    if (state) return actionExpectation(situation, state);
    return settled(204, grants, (grant) => failures(grant, caller, situation));
  }
}

/** Allowed where one grant has nothing against it. */
function settled(status: number, grants: readonly Grant[], against: (grant: Grant) => readonly string[]): Expected {
  const all = grants.map(against);
  return all.some((reasons) => reasons.length === 0) ? { status } : refusedFor(all.flat());
}

/** Where it is done already by the caller, or there is nothing to take back, the document is as was asked for. */
function actionExpectation({ status, doneBy }: Situation, { from, to }: { from: string; to: string }): Expected {
  const isDone = status === to && doneBy !== 'colleague';
  return status === from || isDone ? { status: 200 } : { status: 409, code: 'wrong_state' };
}

/** Why the grant does not allow the change. */
function changeFailures(grant: Grant, caller: Role, situation: Situation, { verb, fields }: Change): string[] {
  const covers = grant.verb === verb || (grant.verb === 'update' && verb === 'cancel');
  const allFields = fields.every((field) => grant.only?.includes(field) ?? true);
  return [...failures(grant, caller, situation), ...(covers && allFields ? [] : ['field_not_allowed'])];
}

function failures({ verb, conditions }: Grant, caller: Role, situation: Situation): string[] {
  const done = situation.status === 'performed' && verb === 'perform' && caller.role !== 'admin';
  return [
    ...conditions.flatMap((condition) => failure(condition, caller, situation)),
    ...(done ? ['already_final'] : []),
  ];
}

function failure(condition: Condition, { role }: Role, situation: Situation): string[] {
  const { type, author, old, confidential, status, begins, ofPatient, entry } = situation;
  switch (condition) {
    case 'own':
      // "The patient role sees its own patientId"; else what one created, and one's own entry of the directory.
      if (role === 'patient') return ofPatient === 'own' ? [] : ['not_author', 'not_allowed'];
      if (type === 'staff') return entry === 'own' ? [] : ['not_author', 'not_allowed'];
      return author === 'caller' ? [] : ['not_author'];
    case '24 h':
      return old ? ['window_over'] : [];
    case 'while not filled':
      return status === 'filled' ? ['already_final'] : [];
    case 'while not performed':
      return status === 'performed' ? ['already_final'] : [];
    case 'while in the future':
      return begins === 'past' ? ['already_final'] : [];
    case 'unless confidential':
      return confidential ? ['not_visible'] : [];
  }
}

/** RFC 7396, for one level: null takes the field away. */
export function changed(body: Body, patch: Body): Body {
  const merged = { ...body, ...patch };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
}
