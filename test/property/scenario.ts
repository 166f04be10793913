/** Generated histories of a small network: who does what, in which order, and what reaches the server late or twice. */
import fc from 'fast-check';

export const CLINICS = ['east', 'north', 'south', 'west'] as const;
export type Clinic = (typeof CLINICS)[number];

export const ACTIONS = [
  'create',
  'edit',
  'transfer',
  'confidential',
  'status',
  'delete',
  'return',
  'invalid',
  'impersonate',
  'future',
] as const;
export type Action = (typeof ACTIONS)[number];

/** One change of one document. Numbers choose among what there is when the change is made. */
export interface Operation {
  readonly action: Action;
  readonly document: number;
  /** Made on the copy that the device pulled earlier, instead of on what its role database shows now. */
  readonly stale: boolean;
  /** Made on a document that the device may never have been given. */
  readonly forged: boolean;
  /** Comes with a longer history than it has: it wins over everything that stands beside it. */
  readonly padded: boolean;
  readonly value: number;
  readonly clinics: readonly Clinic[];
}

/**
 * `push`: a device's revisions. `pushBoth`: two devices at the same time. `trusted`: an import. `behind`: revisions that
 * another server, or a stopped process, put into the primary, and that only the projector finds.
 */
export interface Batch {
  readonly via: 'push' | 'pushBoth' | 'trusted' | 'behind';
  readonly actors: readonly [number, number];
  readonly operations: readonly Operation[];
  readonly minutesLater: number;
  /** Whether the device pulls when it has pushed. */
  readonly pulls: boolean;
  /** A patient who gets an account now, and with it a database. */
  readonly account: number | undefined;
}

export interface Scenario {
  readonly batches: readonly Batch[];
  /** At the end all role databases are built anew under another epoch. */
  readonly rebuilt: boolean;
}

const weighted = <T>(...choices: readonly (readonly [number, T])[]) =>
  fc.oneof(...choices.map(([weight, value]) => ({ weight, arbitrary: fc.constant(value) })));
const sometimes = (percent: number) => weighted([percent, true], [100 - percent, false]);

const operation: fc.Arbitrary<Operation> = fc.record({
  action: weighted<Action>(
    [30, 'create'],
    [24, 'edit'],
    [16, 'transfer'],
    [12, 'confidential'],
    [10, 'status'],
    [7, 'delete'],
    [4, 'return'],
    [1, 'invalid'],
    [1, 'impersonate'],
    [1, 'future'],
  ),
  document: fc.nat(10_000),
  stale: sometimes(40),
  forged: sometimes(8),
  padded: sometimes(15),
  value: fc.nat(11),
  clinics: fc.subarray([...CLINICS], { minLength: 1, maxLength: 3 }),
});

const batch: fc.Arbitrary<Batch> = fc.record({
  via: weighted<Batch['via']>([60, 'push'], [15, 'pushBoth'], [10, 'trusted'], [15, 'behind']),
  actors: fc.tuple(fc.nat(10_000), fc.nat(10_000)),
  operations: fc.array(operation, { minLength: 1, maxLength: 8 }),
  minutesLater: weighted([80, 20], [15, 300], [5, 1_500]),
  pulls: sometimes(60),
  account: fc.option(fc.nat(10_000), { freq: 6, nil: undefined }),
});

export const scenario = (batches: number): fc.Arbitrary<Scenario> =>
  fc.record({
    batches: fc.array(batch, { minLength: Math.ceil(batches / 2), maxLength: batches, size: 'max' }),
    rebuilt: fc.boolean(),
  });
