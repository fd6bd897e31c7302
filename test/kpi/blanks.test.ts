import { expect, it } from '@jest/globals';
import { nameSql } from '../../src/kpi/sql/sql-parts.ts';
import { nameKey } from '../../src/model/values.ts';
import type { Store } from '../../src/store/store.ts';
import { storeForEach } from '../services/store-for-each.ts';

let store: Store;
storeForEach((opened) => {
  store = opened;
});

/** Those of the first planes of Unicode: the halves of pairs are none, and a text of the database has no zero. */
const codes = Array.from({ length: 0x1_ff_ff }, (_, index) => index + 1).filter(
  (code) => code < 0xd8_00 || code > 0xdf_ff,
);

it('the database takes the same characters for blanks as the process', async () => {
  const rows = await store.query<{ code: number }>(
    `select code from unnest($1::integer[]) code where ${nameSql('chr(code)')} = '' order by code`,
    [codes],
  );
  const found = rows.map(({ code }) => code);
  expect(found).toEqual(codes.filter((code) => nameKey(String.fromCodePoint(code)) === ''));
  expect(found).toContain(0xa0);
});

it('blanks of any kind are one within a text, and none around it', async () => {
  const texts = ['\u00a0in\u00a0\u2009work\ufeff', 'In\r\n\tWork', '\u3000IN WORK\u202f', 'in\u200bwork'];
  const rows = await store.query<{ name: string }>(
    `select ${nameSql('written')} as name from unnest($1::text[]) with ordinality as asked(written, place) order by place`,
    [texts],
  );
  const names = rows.map(({ name }) => name);
  expect(names).toEqual(texts.map(nameKey));
  expect(names.slice(0, 3)).toEqual(['in work', 'in work', 'in work']);
});

it('the index of kinds of facts is of the form in which they are compared', async () => {
  const words = async (index: string) =>
    await store.query(
      'select pg_get_expr(indexprs, indrelid) as words from pg_index where indexrelid = $1::regclass',
      [`tierlink.${index}`],
    );
  await store.query(`create index asked on tierlink.fact ((${nameSql('kind')}))`);
  const asked = await words('asked');
  await store.query('drop index tierlink.asked');
  expect(await words('fact_kind')).toEqual(asked);
});
