import type { Crm } from '../services/channel/start.ts';
import { fc } from '../services/fast-check.ts';
import { type Trouble, troubles } from './convergence-faults.ts';

/** In which CRM. Numbers choose among what is there at that moment. */
interface Somewhere {
  site: number;
}

/** Which field of which record gets which value. */
interface Choice extends Somewhere {
  what: number;
  which: number;
  value: number;
}

/** Records that people add, remove, move or set by hand in the CRM. */
export type People = Somewhere & PeopleThere;
type PeopleThere =
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
  | { kind: 'fault'; site: number; trouble: Trouble }
  | { kind: 'calm' }
  | { kind: 'pass' }
  /** A pass that dies after so many steps of its own, or is told to stop after so many reports. */
  | { kind: 'die' | 'stop'; at: number }
  /** A pass during which, at its n-th call, somebody does something in the CRM. */
  | { kind: 'meanwhile'; at: number; deed: TheirEdit | People }
  /** Two processes pass at the same time. */
  | { kind: 'both' }
  /** From now on writes take other ways there. */
  | { kind: 'lanes'; site: number; lane: number };

const pick = fc.nat({ max: 11 });

const site = fc.nat({ max: 1 });
const edited = { site, what: pick, which: fc.nat({ max: 2 }), value: fc.nat({ max: 3 }) };
const edit = fc.record({ kind: fc.constantFrom('theirs' as const, 'ours' as const), ...edited });

const people: fc.Arbitrary<People> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('add' as const, 'remove' as const),
    site,
    object: fc.constantFrom('partner' as const, 'person' as const, 'deal' as const),
    which: pick,
  }),
  fc.record({ kind: fc.constantFrom('restore', 'purge', 'leave', 'return', 'byHand'), site, which: pick }),
  fc.record({ kind: fc.constantFrom('join', 'move'), site, which: pick, other: pick }),
  {
    // It has the most kinds.
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('trade' as const),
      site,
      deed: fc.constantFrom(...deeds),
      which: fc.nat({ max: 20 }),
      other: pick,
    }),
  },
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

/** What happens where there are these CRMs. */
function stepIn(crms: readonly Crm[]): fc.Arbitrary<Step> {
  const fault = fc.oneof(
    ...crms.map((crm, index) =>
      fc.record({ kind: fc.constant('fault' as const), site: fc.constant(index), trouble: troubles[crm] }),
    ),
  );
  return fc.oneof(
    { weight: 10, arbitrary: edit },
    { weight: 5, arbitrary: people },
    { weight: 3, arbitrary: fault },
    { weight: 1, arbitrary: fc.constant<Step>({ kind: 'calm' }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('lanes' as const), site, lane: fc.nat({ max: 2 }) }),
    },
    { weight: 5, arbitrary: work },
  );
}

/** Long ones: what comes after each of them, until it is calm, costs as much as a dozen steps. */
export function historiesIn(crms: readonly Crm[]): fc.Arbitrary<Step[]> {
  return fc.array(stepIn(crms), { minLength: 8, maxLength: 24, size: 'max' });
}
