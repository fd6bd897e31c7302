import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type SignedIn, startSignedIn } from './client.ts';

// What a period leaves out is not looked at one by one: the answers must be those of a look at every row.

const days = Array.from({ length: 40 }, (_unused, index) => index + 1);
const dayText = (day: number): string => new Date(Date.UTC(2026, 0, day)).toISOString().slice(0, 10);

let at: SignedIn;
beforeAll(async () => {
  at = await startSignedIn();
  at.simulator.org.create(
    'contact',
    days.map((day) => ({
      lastname: String(day),
      overriddencreatedon: `${dayText(day)}T12:00:00Z`,
      // Every fourth has none.
      ...(day % 4 === 0 ? {} : { birthdate: dayText(day) }),
    })),
  );
});
afterAll(async () => await at.close());

async function found(filter: string): Promise<number[]> {
  const { body } = await at.send('GET', `contacts?$select=lastname&$filter=${encodeURIComponent(filter)}`);
  return body.value
    .map((row: { lastname: string }) => Number(row.lastname))
    .sort((a: number, b: number) => a - b);
}

async function counted(filter: string): Promise<number> {
  const apply = encodeURIComponent(`filter(${filter})/aggregate($count as rows)`);
  const { body } = await at.send('GET', `contacts?$apply=${apply}`);
  return body.value[0].rows;
}

const hasBirthdate = (day: number) => day % 4 !== 0;

it.each<[string, (day: number) => boolean]>([
  ['createdon ge 2026-02-08T12:00:00Z', (day) => day >= 39],
  ['createdon gt 2026-02-08T12:00:00Z', (day) => day >= 40],
  ['2026-01-03T12:00:00Z ge createdon', (day) => day <= 3],
  ['createdon lt 2026-01-03T13:00:00+01:00', (day) => day <= 2],
  ['createdon eq 2026-01-03T12:00:00Z', (day) => day === 3],
  [
    'createdon ge 2026-01-10T00:00:00Z and createdon lt 2026-01-13T00:00:00Z',
    (day) => day >= 10 && day <= 12,
  ],
  ['createdon ge 2026-01-13T00:00:00Z and createdon lt 2026-01-10T00:00:00Z', () => false],
  [
    "createdon ge 2026-01-10T00:00:00Z and createdon lt 2026-01-13T00:00:00Z and lastname eq '11'",
    (day) => day === 11,
  ],
  ['createdon lt 2026-01-03T00:00:00Z or createdon ge 2026-02-09T00:00:00Z', (day) => day <= 2 || day >= 40],
  ["createdon lt 2026-01-03T00:00:00Z or lastname eq '30'", (day) => day <= 2 || day === 30],
  ['not (createdon ge 2026-01-03T00:00:00Z)', (day) => day <= 2],
  ['createdon lt 2026-01-03T00:00:00Z or createdon eq null', (day) => day <= 2],
  ['birthdate le 2026-01-05', (day) => day <= 5 && hasBirthdate(day)],
  ['birthdate ge 2026-02-09T15:00:00Z', (day) => day >= 40 && hasBirthdate(day)],
  ['birthdate lt 2026-01-03 or birthdate eq null', (day) => day <= 2 || !hasBirthdate(day)],
  ['birthdate eq null and createdon lt 2026-01-10T00:00:00Z', (day) => day <= 9 && !hasBirthdate(day)],
  ['birthdate ge 2026-02-05 and birthdate ne null', (day) => day >= 36 && hasBirthdate(day)],
])('finds and counts what is in the period: %s', async (filter, isMeant) => {
  const expected = days.filter(isMeant);
  expect(await found(filter)).toEqual(expected);
  expect(await counted(filter)).toBe(expected.length);
});

it('finds a row in its new period after it was changed, and no longer after it was deleted', async () => {
  const filter = 'birthdate ge 2027-01-01';
  expect(await found(filter)).toEqual([]);
  const [row] = (await at.send('GET', "contacts?$select=contactid&$filter=lastname eq '7'")).body.value;
  await at.send('PATCH', `contacts(${row.contactid})`, { birthdate: '2027-05-01' });
  expect(await found(filter)).toEqual([7]);
  await at.send('DELETE', `contacts(${row.contactid})`);
  expect(await found(filter)).toEqual([]);
});
