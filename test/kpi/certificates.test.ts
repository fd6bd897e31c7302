import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { attributesRead } from '../../src/kpi/reads.ts';
import { addDays } from '../../src/program/civil-date.ts';
import type { Store } from '../../src/store/store.ts';
import { fc } from '../services/fast-check.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { exactly, explained, figureText, insertMany, measuring, valueOn } from './measure-house.ts';
import { insertRows } from './sample.ts';

/** Certificates by the catalogue and by their holder. */
const asOf = '2026-11-23';
let store: Store;

const head = `certificates:
  lines:
    suite:
      counting: 3
      versions:
        - { version: "15", from: 2023-10-01 }
        - { version: "16", from: 2024-10-01 }
        - { version: "17", from: 2025-10-01 }
        - { version: "18", from: 2026-12-01 }
  codes:
    PRO-100: { retiredOn: 2026-03-31, countsFor: 12 months, replacedBy: PRO-200 }
    PRO-050: { retiredOn: 2024-01-31, countsThrough: 2026-11-23, replacedBy: PRO-100 }
    PRO-200: { label: Professional }
    SUITE-15: { line: suite, version: "15" }
    SUITE-16: { line: suite, version: "16" }
    SUITE-17: { line: suite, version: "17" }`;
const all = 'unit: people\nmeasure: { count: certification, window: { catalogue: true } }';
const asked = (codes: string) => `unit: people
measure:
  distinct: certification.person
  where: { codes: [${codes}] }
  window: [{ validFrom: issuedOn, validThrough: expiresOn }, { catalogue: true }, { validThrough: person.leftOn }]`;

beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
});
beforeEach(async () => {
  await emptyStore(store);
  await insertRows(store, 'partner', [{ id: 'A', name: 'Northwind' }, { id: 'B' }]);
  await insertRows(store, 'person', [
    { id: 'ann', partner: 'A', email: 'ann@a.example' },
    { id: 'bo', partner: 'A', email: 'bo@a.example' },
    { id: 'cy', partner: 'A', email: 'cy@a.example' },
  ]);
});

async function insertHeld(
  rows: readonly [id: string, person: string, code: string, issuedOn: string | null][],
) {
  await insertRows(
    store,
    'certification',
    rows.map(([id, person, code, issued_on]) => ({ id, person, code, issued_on })),
  );
}

describe('the catalogue', () => {
  it('lets what was earned before its retirement count for so long, and no longer', async () => {
    await insertHeld([
      ['before', 'ann', 'pro-100', '2026-03-30'],
      ['on', 'ann', 'PRO-100', '2026-03-31'],
      ['blank', 'bo', ' PRO-100', null],
      ['older', 'cy', 'PRO-050', '2020-01-01'],
      ['other', 'cy', 'X-1', '2020-01-01'],
    ]);
    const program = measuring(all.replace('people', 'count'), { head });
    expect(await explained(store, program, asOf)).toEqual({
      counted: ['before', 'blank', 'older', 'other'],
      leftOut: ['on: earned when its code was retired already'],
    });
    const value = await valueOn(store, program, { asOf });
    expect([figureText(value), value.nextChangeAt]).toEqual(['4', '2026-11-24T00:00:00.000Z']);
    expect((await explained(store, program, '2026-11-24')).leftOut).toContain(
      'older: the catalogue lets its code count through 2026-11-23',
    );
    expect(await exactly(store, program, { asOf: '2027-03-30' })).toBe('3');
    expect(await exactly(store, program, { asOf: '2027-03-31' })).toBe('1');
    const strict = measuring(all.replace('people', 'count'), { head: `${head}\n  unlisted: leaveOut` });
    expect((await explained(store, strict, asOf)).leftOut).toContain(
      'other: its code is not in the catalogue',
    );
  });

  it('lets a certificate count while its version is one of the last three', async () => {
    await insertHeld([
      ['v15', 'ann', 'SUITE-15', '2023-11-01'],
      ['v16', 'bo', 'SUITE-16', '2024-11-01'],
      ['v17', 'cy', 'SUITE-17', '2025-11-01'],
    ]);
    const program = measuring(asked('SUITE-15, SUITE-16, SUITE-17'), { head });
    const value = await valueOn(store, program, { asOf: '2026-11-30' });
    expect([figureText(value), value.nextChangeAt]).toEqual(['3', '2026-12-01T00:00:00.000Z']);
    expect(await explained(store, program, '2026-12-01')).toEqual({
      counted: ['v16', 'v17'],
      leftOut: ['v15: the catalogue lets its code count through 2026-11-30'],
    });
  });

  it('lets what a code replaced count for it, one person once', async () => {
    await insertHeld([
      ['new', 'ann', 'PRO-200', '2026-05-01'],
      ['old', 'ann', 'PRO-100', '2025-05-01'],
      ['oldest', 'bo', 'PRO-050', '2020-05-01'],
      ['other', 'cy', 'SUITE-17', '2026-05-01'],
    ]);
    expect(await exactly(store, measuring(asked('PRO-200'), { head }), { asOf })).toBe('2');
    expect(await exactly(store, measuring(asked('PRO-200'), { head }), { asOf: '2026-11-24' })).toBe('1');
    expect(await exactly(store, measuring(asked('PRO-050'), { head }), { asOf })).toBe('1');
    expect(await exactly(store, measuring(asked('PRO-200, SUITE-17'), { head }), { asOf })).toBe('3');
  });

  it('stands in conditions on what a person holds', async () => {
    await insertHeld([
      ['a1', 'ann', 'PRO-200', '2026-05-01'],
      ['a2', 'ann', 'SUITE-15', '2026-05-01'],
      ['b1', 'bo', 'PRO-200', '2026-05-01'],
    ]);
    const kpi =
      'unit: people\nmeasure: { count: person, where: { has: { count: certification, window: { catalogue: true }, atLeast: 2 } } }';
    const value = await valueOn(store, measuring(kpi, { head }), { asOf });
    expect([figureText(value), value.nextChangeAt]).toEqual(['1', '2026-12-01T00:00:00.000Z']);
    expect(await exactly(store, measuring(kpi, { head }), { asOf: '2026-12-01' })).toBe('0');
  });
});

describe('a holder who changes company', () => {
  const held = (belongsTo: string) =>
    measuring(`unit: count\nmeasure: { count: certification, belongsTo: ${belongsTo} }`);

  it('takes along certificates that the CRM names for the former one where the program says so', async () => {
    await insertHeld([
      ['c1', 'ann', 'X', null],
      ['c2', 'bo', 'X', null],
    ]);
    await store.query(`update tierlink.certification set partner = 'A' where id = 'c1'`);
    await store.query(`update tierlink.person set partner = 'B' where id in ('ann', 'bo')`);
    const figures = async (belongsTo: string) => [
      await exactly(store, held(belongsTo), { asOf, partner: 'A' }),
      await exactly(store, held(belongsTo), { asOf, partner: 'B' }),
    ];
    expect(await figures('named')).toEqual(['1', '1']);
    expect(await figures('holder')).toEqual(['0', '2']);
  });

  it('makes no figure wait for a field that is not read', () => {
    expect(attributesRead(held('holder'), 'k').has('certification.partner')).toBe(false);
    expect(attributesRead(held('named'), 'k').has('certification.partner')).toBe(true);
  });
});

const day = fc.integer({ min: 0, max: 1500 }).map((count) => addDays('2023-06-01', count));
const held = fc.array(
  fc.record({
    person: fc.constantFrom('ann', 'bo', 'cy'),
    code: fc.constantFrom('PRO-100', 'pro-050', 'PRO-200', 'SUITE-15', 'SUITE-16', 'SUITE-17', 'X'),
    issuedOn: fc.option(day, { nil: null }),
    expiresOn: fc.option(day, { nil: null }),
  }),
  { maxLength: 15 },
);

/** Last day, and the day from which on it cannot be earned; worked out by hand from the catalogue above. */
const known: Readonly<Record<string, [through: string, earnedBefore: string]>> = {
  'PRO-100': ['2027-03-30', '2026-03-31'],
  'PRO-050': ['2026-11-23', '2024-01-31'],
  'SUITE-15': ['2026-11-30', '9999-12-31'],
};

it('the catalogue agrees with plain code on random data, on the day and on every announced one', async () => {
  const program = measuring(asked('PRO-200, SUITE-15'), { head });
  await fc.assert(
    fc.asyncProperty(held, day, async (some, on) => {
      await store.query('delete from tierlink.certification');
      await insertMany(store, 'certification', {
        columns: 'id text, person text, code text, issued_on date, expires_on date',
        rows: some.map(({ issuedOn, expiresOn, ...one }, index) => ({
          ...one,
          id: `c${index}`,
          issued_on: issuedOn,
          expires_on: expiresOn,
        })),
      });
      const byHand = (today: string) => {
        const valid = some.filter(({ code, issuedOn, expiresOn }) => {
          const key = code.toUpperCase();
          if (!/^PRO|SUITE-15/.test(key)) return false;
          const [through, earnedBefore] = known[key] ?? ['9999-12-31', '9999-12-31'];
          const isValid = (issuedOn ?? '') <= today && (expiresOn ?? '9999') >= today;
          return isValid && through >= today && (issuedOn ?? '') < earnedBefore;
        });
        return String(new Set(valid.map(({ person }) => person)).size);
      };
      let today = on;
      for (let step = 0; step < 6; step++) {
        const value = await valueOn(store, program, { asOf: today });
        expect([today, figureText(value)]).toEqual([today, byHand(today)]);
        const next = value.nextChangeAt?.slice(0, 10) ?? addDays(today, 400);
        for (let quiet = today; quiet < next; quiet = addDays(quiet, 1))
          expect([quiet, byHand(quiet)]).toEqual([quiet, byHand(today)]);
        today = next;
      }
    }),
    { numRuns: 20 },
  );
});
