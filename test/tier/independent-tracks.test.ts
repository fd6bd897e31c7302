import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Fraction } from 'fraction.js';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import { type Program, parseProgram } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { insertRows, markDirty } from '../kpi/sample.ts';
import type { Json } from '../oracle/arbitrary-conditions.ts';
import { frame } from '../oracle/arbitrary-program.ts';
import { plusDays } from '../oracle/calendar.ts';
import { type Given, given, type Kept } from '../oracle/requirements.ts';
import { runs } from '../oracle/runs.ts';
import { fc } from '../services/fast-check.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { at } from './pass.ts';

/** The tracks that partners are given one after the other, against plain code that looks at each day anew (test/oracle). */
let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
});

const size = (bound: string, than: number): Json => ({ kpi: 'size', [bound]: than });
const inSweden: Json = { partner: { attribute: 'country', is: 'SE' } };
const condition = fc.constantFrom<Json[]>(
  size('atLeast', 100),
  size('lessThan', 20),
  inSweden,
  { any: [size('moreThan', 100), inSweden] },
  { all: [inSweden, { not: size('atMost', 50) }] },
);

const program = fc
  .record({
    first: condition,
    second: condition,
    trackKeeping: fc.constantFrom(
      'month',
      'quarter',
      'year',
      'fiscalQuarter',
      'fiscalYear',
      '1 month',
      '45 days',
    ),
    fiscalYearStart: fc.constantFrom(1, 2, 12),
    whenEmpty: fc.constantFrom('pending', 'pending', 'fail', 'zero'),
  })
  .map(({ first, second, whenEmpty, ...own }) => ({
    ...frame,
    ...own,
    timeZone: 'UTC',
    currency: { code: 'USD', rates: {} },
    tracks: [
      { key: 'large', label: 'Large', when: first },
      { key: 'middle', label: 'Middle', when: second },
      { key: 'small', label: 'Small' },
    ],
    kpis: {
      size: { label: 'Size', help: 'S', unit: 'number', whenEmpty, measure: { max: 'fact.quantity' } },
    },
  }));

/** A day on which a partner is looked at, so many days behind the one before, with what is true of it from then on. */
const day = fc.record({
  behind: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 20, max: 200 })),
  size: fc.constantFrom(null, 10, 50, 100, 150),
  country: fc.constantFrom('SE', 'DE', null),
});

function loaded(file: Json): Program {
  const result = parseProgram(JSON.stringify(file), 'random.yaml');
  if (!result.ok) throw new Error(JSON.stringify(result.findings));
  return result.program;
}

it('tracks that are kept are given on the days that plain code gives them on', async () => {
  const history = fc.array(day, { minLength: 3, maxLength: 9 });
  await fc.assert(
    fc.asyncProperty(program, history, async (file, days) => {
      const rules = loaded(file);
      await emptyStore(store);
      await insertRows(store, 'partner', [{ id: 'A', name: 'A' }]);
      await insertRows(store, 'fact', [{ id: 'f', partner: 'A', quantity: null }]);
      const expected: Omit<Kept, 'isHeld'>[] = [];
      let asOf = '2026-01-20';
      for (const { behind, size: quantity, country } of days) {
        asOf = plusDays(asOf, behind);
        await store.query(`update tierlink.fact set quantity = $1`, [quantity]);
        await store.query(`update tierlink.partner set country = $1`, [country]);
        for (const entity of ['fact', 'partner'] as const) await markDirty(store, entity, ['A']);
        await recomputeKpis(store, { program: rules, now: at(asOf) });
        const last = expected.at(-1);
        const kept = last === undefined ? null : { ...last, isHeld: false };
        const figures = new Map([['size', figureOf(rules, quantity)]]);
        const next = given({ program: rules, figures, partner: { country }, facts: [], asOf, kept });
        if (next !== null) expected.push(next);
      }
      const found = await store.query(
        'select track, since, until from tierlink.partner_track order by since',
      );
      expect(found).toEqual(expected);
    }),
    runs(40),
  );
});

function figureOf({ kpis }: Program, quantity: number | null): Given {
  const instead = kpis.size!.whenEmpty === 'zero' ? new Fraction(0) : null;
  return { value: quantity === null ? instead : new Fraction(quantity), why: 'empty', isLate: false };
}
