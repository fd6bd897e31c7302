import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Fraction } from 'fraction.js';
import { computeKpi } from '../../src/kpi/compute.ts';
import { addDays } from '../../src/program/civil-date.ts';
import { loadProgram } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';

/**
 * The SQL against a few lines of plain code that know nothing of it: random deals, certificates and leads of a handful of
 * partners, every figure of the starter that they feed.
 */
const program = loadProgram('programs/starter.yaml');
const partners = ['A', 'B', 'C'];
let store: Store;

beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
});

const day = fc.integer({ min: 0, max: 800 }).map((count) => addDays('2025-06-01', count));
const blank = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 8 });
const deal = fc.record({
  partner: fc.constantFrom(...partners),
  role: fc.constantFrom('sourced', 'influenced'),
  weight: fc.constantFrom('100', '50', '33.33', '0'),
  amount: blank(fc.integer({ min: 0, max: 9_999_999 }).map((cents) => `${(cents / 100).toFixed(2)}`)),
  currency: fc.constantFrom('USD', 'EUR', 'SEK'),
  outcome: fc.constantFrom('won', 'lost', 'open'),
  closeOn: blank(day),
  createdOn: day,
});
const certificate = fc.record({
  person: fc.integer({ min: 0, max: 5 }),
  issuedOn: blank(day),
  expiresOn: blank(day),
  status: fc.constantFrom('active', 'revoked', null),
});
const facts = fc.record({
  deals: fc.array(deal, { maxLength: 40 }),
  certificates: fc.array(certificate, { maxLength: 20 }),
  asOf: day,
});
type Facts = typeof facts extends fc.Arbitrary<infer T> ? T : never;
type Deal = Facts['deals'][number];

const rates: Record<string, string> = { USD: '1', EUR: '1.08', SEK: '0.095' };

async function load({ deals, certificates }: Facts): Promise<void> {
  await emptyStore(store);
  const insert = async (table: string, columns: string, rows: unknown[]) => {
    const names = columns.split(', ').map((column) => column.split(' ')[0]);
    await store.query(
      `insert into tierlink.${table} (${names.join(', ')})
       select ${names.join(', ')} from jsonb_to_recordset($1::jsonb) as r(${columns})`,
      [JSON.stringify(rows)],
    );
  };
  await insert(
    'partner',
    'id text',
    partners.map((id) => ({ id })),
  );
  await insert(
    'deal',
    'id text, amount numeric, amount_currency text, is_won boolean, is_closed boolean, close_on date, created_at timestamptz',
    deals.map((one, index) => ({
      id: `d${index}`,
      amount: one.amount,
      amount_currency: one.currency,
      is_won: one.outcome === 'won',
      is_closed: one.outcome !== 'open',
      close_on: one.closeOn,
      created_at: `${one.createdOn}T12:00:00Z`,
    })),
  );
  await insert(
    'credit',
    'id text, deal text, partner text, role text, weight numeric',
    deals.map(({ partner, role, weight }, index) => ({
      id: `k${index}`,
      deal: `d${index}`,
      partner,
      role,
      weight,
    })),
  );
  const people = [0, 1, 2, 3, 4, 5];
  await insert(
    'person',
    'id text, partner text, email text',
    people.map((index) => ({
      id: `p${index}`,
      partner: partners[index % 3],
      email: index < 3 ? null : 'SAME@x.example',
    })),
  );
  await insert(
    'certification',
    'id text, person text, issued_on date, expires_on date, status text',
    certificates.map(({ person, issuedOn, expiresOn, status }, index) => ({
      id: `c${index}`,
      person: `p${person}`,
      issued_on: issuedOn,
      expires_on: expiresOn,
      status,
    })),
  );
}

/** The same figures by hand: loops over plain objects. */
function byHand({ deals, certificates, asOf }: Facts, partner: string): Record<string, Fraction | null> {
  const from = `${Number(asOf.slice(0, 4)) - 1}${asOf.slice(4) === '-02-29' ? '-02-28' : asOf.slice(4)}`;
  const credited = deals.filter((one) => one.partner === partner);
  const mine = credited.filter((one) => one.weight !== '0');
  const inWindow = ({ closeOn }: Deal) => closeOn !== null && closeOn >= from && closeOn < asOf;
  const won = mine.filter((one) => one.outcome === 'won' && inWindow(one));
  const closed = mine.filter((one) => one.outcome !== 'open' && inWindow(one));
  const whole = credited.filter((one) => one.outcome === 'won' && inWindow(one) && one.amount !== null);
  const brought = whole.filter(({ role }) => role === 'sourced');
  const worth = ({ amount, currency }: Deal) => new Fraction(amount!).mul(new Fraction(rates[currency]!));
  const sum = (items: Fraction[]) => items.reduce((total, item) => total.add(item), new Fraction(0));
  const shared = (items: Deal[]) =>
    sum(
      items
        .filter(({ amount }) => amount !== null)
        .map((one) => worth(one).mul(new Fraction(one.weight)).div(100)),
    );
  const cycles = won
    .map(({ closeOn, createdOn }) => Math.round((Date.parse(closeOn!) - Date.parse(createdOn)) / 86_400_000))
    .filter((days) => days >= 0)
    .sort((left, right) => left - right);
  const valid = certificates.filter(
    ({ person, issuedOn, expiresOn, status }) =>
      partners[person % 3] === partner &&
      status !== 'revoked' &&
      (issuedOn === null || issuedOn <= asOf) &&
      (expiresOn === null || expiresOn >= asOf),
  );
  const people = new Set(valid.map(({ person }) => (person < 3 ? `p${person}` : 'same@x.example')));
  return {
    sourcedRevenue: shared(won.filter(({ role }) => role === 'sourced')),
    influencedRevenue: sum(whole.filter(({ role }) => role !== 'sourced').map(worth)),
    winRate: closed.length < 3 ? null : new Fraction(won.length * 100, closed.length),
    openPipeline: shared(mine.filter(({ outcome }) => outcome === 'open')),
    averageDeal: brought.length === 0 ? null : sum(brought.map(worth)).div(brought.length),
    salesCycle: median(cycles),
    certifiedPeople: new Fraction(people.size),
  };
}

function median(sorted: number[]): Fraction | null {
  if (sorted.length === 0) return null;
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? new Fraction(sorted[middle]!)
    : new Fraction(sorted[middle - 1]! + sorted[middle]!, 2);
}

describe('the SQL of the starter', () => {
  it('agrees with plain code on random data', async () => {
    await fc.assert(
      fc.asyncProperty(facts, async (data) => {
        await load(data);
        const scope = { program, asOf: data.asOf, now: Date.parse(`${data.asOf}T12:00:00Z`), feeds: [] };
        for (const kpi of Object.keys(byHand(data, 'A'))) {
          for (const value of await computeKpi(store, scope, { kpi, partners })) {
            const expected = byHand(data, value.partnerId)[kpi] ?? null;
            const found = value.numerator === null ? null : `${value.numerator}/${value.denominator}`;
            const wanted = expected === null ? null : `${expected.s * expected.n}/${expected.d}`;
            expect(`${kpi} ${value.partnerId} ${found}`).toBe(`${kpi} ${value.partnerId} ${wanted}`);
          }
        }
      }),
      { numRuns: 25 },
    );
  });

  it('changes by time alone on no day but the one that it announces', async () => {
    await fc.assert(
      fc.asyncProperty(facts, async (data) => {
        await load(data);
        for (const kpi of ['sourcedRevenue', 'certifiedPeople', 'expiringCertificates', 'winRate']) {
          let announced: string | null = null;
          let before: string | null = null;
          for (let ahead = 0; ahead < 20; ahead++) {
            const asOf = addDays(data.asOf, ahead);
            const scope = { program, asOf, now: Date.parse(`${asOf}T00:00:00Z`), feeds: [] };
            const values = await computeKpi(store, scope, { kpi, partners: ['A'] });
            const { numerator, denominator, nextChangeAt } = values[0]!;
            const figure = `${numerator}/${denominator}`;
            if (before !== null && figure !== before) expect(announced).toBe(asOf);
            before = figure;
            if (announced === null || announced <= asOf) announced = nextChangeAt?.slice(0, 10) ?? null;
          }
        }
      }),
      { numRuns: 6 },
    );
  });
});
