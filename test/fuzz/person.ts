/** Who asks, and what they must never be answered. */
import type { Login } from '../support/api-client.ts';

export type Clinic = 'north' | 'south';
/** Texts that stand in documents: all that are of a clinic begin alike, and some of the clinic may not read all of them. */
export const guardOf = (clinic: Clinic, what: '' | 'staffnotes' | 'confidential' | 'prescription' = ''): string =>
  `guard${clinic}${what}`;

const [north, south] = [guardOf('north'), guardOf('south')];
const hiddenFromPharmacists = (clinic: Clinic) =>
  (['staffnotes', 'confidential', 'prescription'] as const).map((what) => guardOf(clinic, what));

/** By the names of their accounts. */
export const SECRETS = {
  doctorNorth: [south],
  nurseNorth: [south, guardOf('north', 'confidential')],
  pharmacistNorth: [south, ...hiddenFromPharmacists('north')],
  doctorSouth: [north],
  pharmacistSouth: [north, ...hiddenFromPharmacists('south')],
  patient: [south, guardOf('north', 'staffnotes')],
  admin: [north, south],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type PersonName = keyof typeof SECRETS;

export interface Person {
  readonly name: PersonName;
  readonly login: Login;
  readonly secrets: readonly string[];
}

export const personOf = (name: PersonName, login: Login): Person => ({ name, login, secrets: SECRETS[name] });

/** What of a document somebody can have read, and so can send back. */
export function seenBy(
  { secrets }: Person,
  body: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const isHidden = (value: unknown) => secrets.some((secret) => JSON.stringify(value)?.includes(secret));
  return Object.fromEntries(Object.entries(body).filter(([, value]) => !isHidden(value)));
}
