import fc from 'fast-check';
import type { Fault } from '../../connectors/salesforce/simulator/faults.ts';

/** Which field of which record gets which value. Numbers choose among what is there at that moment. */
interface Choice {
  what: number;
  which: number;
  value: number;
}

/** Records that people add, remove, move or set by hand in the CRM. */
export type People =
  | { kind: 'add' | 'remove'; object: 'partner' | 'person' | 'deal'; which: number }
  | { kind: 'restore' | 'purge' | 'leave' | 'return' | 'byHand'; which: number }
  | { kind: 'join' | 'move'; which: number; other: number }
  | { kind: 'trade'; deed: Deed; which: number; other: number };

/** What people do with deals, further partners on deals, certificates, leads and cases. */
export const deeds = [
  'stage',
  'amount',
  'closeDate',
  'seller',
  'buyer',
  'credit',
  'uncredit',
  'register',
  'expire',
  'revoke',
  'certify',
  'holder',
  'accept',
  'reassign',
  'close',
] as const;
export type Deed = (typeof deeds)[number];

/** Somebody edits a field that both sides may change, in the CRM or with us. */
export type TheirEdit = { kind: 'theirs' } & Choice;
export type OurEdit = { kind: 'ours' } & Choice;

/** What can happen to an org and to the program beside it. */
export type Step =
  | TheirEdit
  | OurEdit
  | People
  | { kind: 'fault'; fault: Fault }
  | { kind: 'calm' }
  | { kind: 'pass' }
  /** A pass that dies after so many steps of its own, or is told to stop after so many reports. */
  | { kind: 'die' | 'stop'; at: number }
  /** A pass during which, at its n-th call, somebody does something in the CRM. */
  | { kind: 'meanwhile'; at: number; deed: TheirEdit | People }
  /** Two processes pass at the same time. */
  | { kind: 'both' }
  /** From now on writes of more rows than this are bulk jobs. */
  | { kind: 'lanes'; bulkFrom: number };

const pick = fc.nat({ max: 11 });

const edited = { what: pick, which: fc.nat({ max: 2 }), value: fc.nat({ max: 3 }) };
const edit = fc.record({ kind: fc.constantFrom('theirs' as const, 'ours' as const), ...edited });

const people: fc.Arbitrary<People> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('add' as const, 'remove' as const),
    object: fc.constantFrom('partner' as const, 'person' as const, 'deal' as const),
    which: pick,
  }),
  fc.record({ kind: fc.constantFrom('restore', 'purge', 'leave', 'return', 'byHand'), which: pick }),
  fc.record({ kind: fc.constantFrom('join', 'move'), which: pick, other: pick }),
  {
    // It has the most kinds.
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('trade' as const),
      deed: fc.constantFrom(...deeds),
      which: fc.nat({ max: 20 }),
      other: pick,
    }),
  },
);

const after = fc.nat({ max: 25 });
const times = fc.integer({ min: 1, max: 3 });
const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({ kind: fc.constant('status' as const), status: fc.constantFrom(429, 503), times, after }),
  fc.record({
    kind: fc.constant('request-limit' as const),
    limit: fc.constantFrom('total' as const, 'concurrent' as const),
    times,
    after,
  }),
  fc.record({ kind: fc.constantFrom('lost-answer' as const, 'expired-token' as const), times, after }),
  fc.record({
    kind: fc.constant('lost-answer' as const),
    times,
    after: fc.nat({ max: 2 }),
    path: fc.constant('/composite/sobjects'),
  }),
  fc.record({
    kind: fc.constant('lost-answer' as const),
    times,
    after: fc.nat({ max: 4 }),
    path: fc.constant('/jobs/ingest'),
  }),
  fc.record({
    kind: fc.constant('row-lock' as const),
    object: fc.constantFrom('Account', 'Contact', 'Tierlink_KPI_Period__c'),
    times,
  }),
  fc.record({
    kind: fc.constant('row-error' as const),
    object: fc.constantFrom('Account', 'Contact', 'Tierlink_Decision__c'),
    statusCode: fc.constant('FIELD_CUSTOM_VALIDATION_EXCEPTION'),
    message: fc.constant('not today'),
    times,
  }),
  fc.record({ kind: fc.constant('delayed-visibility' as const), ms: fc.constantFrom(5_000, 60_000) }),
  fc.record({ kind: fc.constant('held-replication' as const), since: fc.constant('now') }),
);

const work: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Step>({ kind: 'pass' }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('die' as const), at: fc.integer({ min: 1, max: 160 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('stop' as const), at: fc.integer({ min: 1, max: 40 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('meanwhile' as const),
      at: fc.integer({ min: 1, max: 70 }),
      deed: fc.oneof(fc.record({ kind: fc.constant('theirs' as const), ...edited }), people),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'both' }) },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: edit },
  { weight: 5, arbitrary: people },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('fault' as const), fault }) },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'calm' }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('lanes' as const), bulkFrom: fc.constantFrom(1, 2_000) }),
  },
  { weight: 5, arbitrary: work },
);

/** Long ones: what comes after each of them, until it is calm, costs as much as a dozen steps. */
export const histories = fc.array(step, { minLength: 8, maxLength: 24, size: 'max' });
