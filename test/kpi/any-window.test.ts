import { expect, it } from '@jest/globals';
import { attributesRead } from '../../src/kpi/reads.ts';
import type { Store } from '../../src/store/store.ts';
import { windowsInWords } from '../../src/tier/explain/window-words.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { exactly, explained, measuring, valueOn } from './measure-house.ts';
import { insertRows } from './sample.ts';

/** Records that count because they are in one window or another one. */
const asOf = '2026-11-23';
let store: Store;
storeForEach(async (opened) => {
  store = opened;
  await insertRows(store, 'partner', [{ id: 'A', name: 'Northwind', started_on: '2026-01-01' }]);
  await insertRows(store, 'person', [{ id: 'p1', partner: 'A' }]);
});

const certified = async (...rows: [id: string, issuedOn: string | null, expiresOn?: string][]) => {
  await insertRows(
    store,
    'certification',
    rows.map(([id, issued_on, expires_on = null]) => ({ id, code: id, person: 'p1', issued_on, expires_on })),
  );
};
const counting = (window: string) =>
  measuring(`unit: count\nmeasure: { count: certification, window: ${window} }`);
const lately = counting('{ any: [{ last: 12 months, by: issuedOn }, { previous: year, by: issuedOn }] }');

it('count once where they are in both, and are named where they are in none', async () => {
  await certified(
    ['c1', '2026-11-22'],
    ['c2', '2025-12-01'],
    ['c3', '2025-01-01'],
    ['c4', '2024-12-31'],
    ['c5', asOf],
    ['c6', null],
    ['c7', '2020-01-01'],
  );
  expect(await exactly(store, lately, { asOf })).toBe('3');
  expect(await explained(store, lately, asOf)).toEqual({
    counted: ['c1', 'c2', 'c3'],
    leftOut: [
      'c4: dated 2024-12-31, in none of the windows',
      `c5: dated ${asOf}, in none of the windows`,
      'c6: its issue date is empty',
    ],
  });
  expect(windowsInWords(lately, ['k'], asOf)).toEqual([
    '2025-11-23 to 2026-11-22',
    '2025-01-01 to 2025-12-31',
  ]);
});

it('go on counting in the one when they leave the other', async () => {
  await certified(['c1', '2025-12-01']);
  // In the last 12 months and in the year before; from 1 January 2027 on in neither, but for the old year that ended.
  expect(await exactly(store, lately, { asOf: '2026-12-02' })).toBe('1');
  expect(await exactly(store, lately, { asOf: '2026-12-31' })).toBe('1');
  expect(await exactly(store, lately, { asOf: '2027-01-01' })).toBe('0');
  const { nextChangeAt } = await valueOn(store, lately, { asOf: '2026-12-02' });
  expect(nextChangeAt).toBe('2027-01-01T00:00:00.000Z');
});

it('begin to count by time alone', async () => {
  await certified(['c1', asOf]);
  expect(await valueOn(store, lately, { asOf })).toMatchObject({
    numerator: '0',
    nextChangeAt: '2026-11-24T00:00:00.000Z',
  });
  expect(await exactly(store, lately, { asOf: '2026-11-24' })).toBe('1');
});

it('may be valid today or of the last months, beside other windows that must hold as well', async () => {
  const program = counting(
    '[{ any: [{ validFrom: issuedOn, validThrough: expiresOn }, { last: 12 months, by: issuedOn }] }, { validThrough: person.leftOn }]',
  );
  await certified(
    ['c1', '2020-01-01', asOf],
    ['c2', '2026-02-01', '2026-03-01'],
    ['c3', '2020-01-01', '2026-10-01'],
  );
  expect((await explained(store, program, asOf)).counted).toEqual(['c1', 'c2']);
  expect(await exactly(store, program, { asOf: '2026-11-24' })).toBe('1');
  expect([...attributesRead(program, 'k')]).toEqual(
    expect.arrayContaining(['certification.issuedOn', 'certification.expiresOn', 'person.leftOn']),
  );
  await store.query(`update tierlink.person set left_on = '2026-11-01'`);
  expect(await exactly(store, program, { asOf })).toBe('0');
});

it('may be those since the first day of the partner, and of what belongs to a record', async () => {
  const since = '{ any: [{ sinceStart: 30 days, by: issuedOn }, { previous: quarter, by: issuedOn }] }';
  await certified(['c1', '2026-01-30'], ['c2', '2026-01-31'], ['c3', '2026-07-01']);
  expect(await exactly(store, counting(since), { asOf })).toBe('2');
  const holders = measuring(
    `unit: people\nmeasure: { count: person, where: { has: { count: certification, window: ${since}, atLeast: 2 } } }`,
  );
  expect(await exactly(store, holders, { asOf })).toBe('1');
  await store.query('update tierlink.partner set started_on = null');
  expect(await exactly(store, counting(since), { asOf })).toBe('1');
  expect(await exactly(store, holders, { asOf })).toBe('0');
});

it('that all begin on the first day of the partner say that there is none, before any exception', async () => {
  await store.query('update tierlink.partner set started_on = null');
  await certified(['c1', '2026-11-22'], ['c2', null]);
  const program = measuring(`unit: count
measure:
  count: certification
  except: [{ label: revoked, when: { attribute: code, is: c1 } }]
  window: { any: [{ sinceStart: 90 days, by: issuedOn }, { sinceStart: true, by: issuedOn }] }`);
  expect((await explained(store, program, asOf)).leftOut).toEqual([
    "c1: the partner's first day in the program is empty",
    'c2: its issue date is empty',
  ]);
});
