import { expect, it } from '@jest/globals';
import type { StoreSite } from './site.ts';

/** What goes in and what comes out. */
export function testsOfValues(at: StoreSite): void {
  it('hands exact types out as text, dates as days and instants as UTC', async () => {
    const [row] = await at.store.query(
      `select 9007199254740993::int8 as big, 7::int8 as small, 12.340::numeric as amount, 3::int4 as count,
              date '2026-03-01' as day, timestamptz '2026-03-01 10:20:30.123456+05:30' as instant,
              '{"a":[1,null]}'::jsonb as document, array['x','y "z"', null] as words, array[1::int8] as ids,
              array[date '2026-01-02'] as days, array[1.50::numeric] as amounts, true as yes, null::text as nothing`,
    );
    expect(row).toEqual({
      big: '9007199254740993',
      small: '7',
      amount: '12.340',
      count: 3,
      day: '2026-03-01',
      instant: '2026-03-01T04:50:30.123Z',
      document: { a: [1, null] },
      words: ['x', 'y "z"', null],
      ids: ['1'],
      days: ['2026-01-02'],
      amounts: ['1.50'],
      yes: true,
      nothing: null,
    });
  });

  it('takes text, numbers, null, arrays, JSON and bytes as parameters', async () => {
    const [row] = await at.store.query(
      'select $1::text as text, $2::numeric as amount, $3::text as nothing, $4::text[] as words, $5::jsonb as doc, $6::bytea as bytes, $7::date as day',
      [
        'ä "quote" \\',
        '0.1',
        null,
        ['a,b', 'c'],
        JSON.stringify({ k: '✓' }),
        Buffer.from([0, 255]),
        '2026-12-31',
      ],
    );
    expect(row).toEqual({
      text: 'ä "quote" \\',
      amount: '0.1',
      nothing: null,
      words: ['a,b', 'c'],
      doc: { k: '✓' },
      bytes: Buffer.from([0, 255]),
      day: '2026-12-31',
    });
  });

  it('hands instants out in one form, however many digits they have', async () => {
    const [row] = await at.store.query(
      `select timestamptz '2026-03-01 00:00+00' as whole, timestamptz '2026-03-01 00:00:00.5+00' as half,
              timestamptz '2026-03-01 00:00:00.999999+00' as almost, timestamptz '0999-01-01 00:00+00' as old,
              timestamptz 'infinity' as never`,
    );
    expect(row).toEqual({
      whole: '2026-03-01T00:00:00.000Z',
      half: '2026-03-01T00:00:00.500Z',
      almost: '2026-03-01T00:00:00.999Z',
      old: '0999-01-01T00:00:00.000Z',
      never: 'infinity',
    });
  });

  it('works in UTC', async () => {
    expect(await at.store.query('show timezone')).toEqual([{ TimeZone: 'UTC' }]);
  });

  it('writes a page of 2,000 records from one JSON parameter', async () => {
    const page = Array.from({ length: 2000 }, (_, id) => ({ id, note: `note ${id} ${'x'.repeat(100)}` }));
    await at.store.query(
      'insert into probe.item select * from jsonb_to_recordset($1::jsonb) as page(id integer, note text)',
      [JSON.stringify(page)],
    );
    expect(await at.store.query('select count(*) from probe.item')).toEqual([{ count: '2000' }]);
  });

  it('tells a failing statement by its SQLSTATE and goes on working', async () => {
    await expect(at.store.query('select 1 / $1::int', [0])).rejects.toMatchObject({ code: '22012' });
    await expect(at.store.query('select * from probe.missing')).rejects.toMatchObject({ code: '42P01' });
    expect(await at.store.query('select 1 as one')).toEqual([{ one: 1 }]);
  });
}
