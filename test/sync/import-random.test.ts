import { expect, it } from '@jest/globals';
import { isTierlinkError } from '../../src/errors.ts';
import type { Store } from '../../src/store/store.ts';
import { type ImportKind, importFile } from '../../src/sync/import/import.ts';
import { fc } from '../services/fast-check.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { contentsOf } from './pull-house.ts';

/** Files as no spreadsheet writes them, and as some do: all of it is kept, or nothing, and it is said why. */

let store: Store;
let time = Date.parse('2026-03-02T12:00:00Z');
storeForEach(async (opened) => {
  store = opened;
  await run('partners', 'id,name\na,Acme\n');
});

async function run(kind: ImportKind, contents: string | Uint8Array, skipInvalid = false) {
  return await importFile(kind, contents, {
    store,
    clock: { now: () => (time += 1000) },
    context: { timeZone: 'UTC', currency: 'EUR' },
    attributes: { 'fact.extra.note': 'text', 'deal.extra.seats': 'number' },
    author: 'olga',
    file: 'f.csv',
    skipInvalid,
  });
}

const headers: Readonly<Record<'facts' | 'deals' | 'partners', readonly string[]>> = {
  facts: ['partner', 'kind', 'occurred_on', 'quantity', 'amount', 'currency', 'extra.note', 'id'],
  deals: [
    'id',
    'partner',
    'role',
    'share',
    'customer',
    'customer_country',
    'amount',
    'close_on',
    'extra.seats',
  ],
  partners: ['id', 'name', 'number', 'parent', 'employees', 'started_on', 'website'],
};

const sound: Readonly<Record<string, readonly string[]>> = {
  partner: ['a', 'Acme'],
  kind: ['usage', ' Usage '],
  occurred_on: ['2026-01-31', '2024-02-29'],
  close_on: ['2026-01-31', ''],
  started_on: ['2025-01-01'],
  role: ['sourced', 'Influenced'],
  share: ['', '100', '50'],
  quantity: ['1', '-2.50', '1e3'],
  amount: ['10', '0.1'],
  currency: ['EUR', 'usd'],
  employees: ['12'],
  parent: ['a', 'Acme', ''],
  'extra.seats': ['5', '7.5'],
};
const odd = [
  '',
  'x',
  '"',
  'a"b',
  'a,b',
  'a;b',
  'a\tb',
  'a\nb',
  'a\r\nb',
  "'; drop table",
  '\\',
  '😀',
  'ﬁ',
  'é',
  '\u200b',
  '\u00a0',
  '=1+1',
  'null',
  '0000-01-01',
  '1e61',
  '999999999999999999999',
  '__proto__',
  'constructor',
];

const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;

const fileOf = fc
  .record({
    kind: fc.constantFrom('facts', 'deals', 'partners'),
    rows: fc.array(fc.array(fc.nat(), { minLength: 9, maxLength: 9 }), { maxLength: 6 }),
    oddness: fc.constantFrom(0, 0, 5, 40),
    order: fc.nat(),
    delimiter: fc.constantFrom(',', ';', '\t', '|'),
    line: fc.constantFrom('\n', '\r\n', '\r'),
    quotes: fc.boolean(),
    damage: fc.constantFrom(
      'none',
      'none',
      'none',
      'bom',
      'repeat',
      'unknown',
      'nul',
      'openQuote',
      'cut',
      'surrogate',
    ),
    encoding: fc.constantFrom('text', 'utf8', 'utf8', 'utf16le', 'latin1'),
    at: fc.nat(),
  })
  .map(({ kind, rows, oddness, order, delimiter, line, quotes, damage, encoding, at }) => {
    const columns = headers[kind as keyof typeof headers];
    const from = order % columns.length;
    const names = [...columns.slice(from), ...columns.slice(0, from)];
    const write = (cell: string) =>
      quotes || /["\r\n]/.test(cell) || cell.includes(delimiter) ? quoted(cell) : cell;
    const cellOf = (name: string, drawn: number, row: number) => {
      if (drawn % 100 < oddness) return odd[drawn % odd.length]!;
      const words = sound[name] ?? [`${name} ${row}`];
      return words[drawn % words.length]!;
    };
    const head = [
      ...names,
      ...(damage === 'repeat' ? [names[0]!.toUpperCase()] : damage === 'unknown' ? ['no such'] : []),
    ];
    const lines = [
      head,
      ...rows.map((drawn, row) => head.map((name, index) => cellOf(name, drawn[index % 9]!, row))),
    ];
    const text = lines.map((cells) => cells.map(write).join(delimiter)).join(line);
    const cut = at % (text.length + 1);
    const damaged: Record<string, string> = {
      bom: `\ufeff${text}`,
      nul: `${text.slice(0, cut)}\0${text.slice(cut)}`,
      surrogate: `${text.slice(0, cut)}\ud800${text.slice(cut)}`,
      openQuote: `${text.slice(0, cut)}"${text.slice(cut)}`,
      cut: text.slice(0, cut),
    };
    const whole = damaged[damage] ?? text;
    const contents = encoding === 'text' ? whole : Buffer.from(whole, encoding as BufferEncoding);
    return { kind: kind as ImportKind, contents, skipInvalid: at % 3 === 0 };
  });

const codes = ['IMPORT_FILE', 'IMPORT_HEADER', 'IMPORT_ROWS'];

it('a file is kept as it says or refused with a reason, and twice is as once', async () => {
  const seen = { kept: 0, refused: new Set<string>() };
  await fc.assert(
    fc.asyncProperty(fileOf, async ({ kind, contents, skipInvalid }) => {
      const before = await contentsOf(store);
      const ended = await run(kind, contents, skipInvalid).catch((error: unknown) => error);
      if (ended instanceof Error) {
        if (!isTierlinkError(ended)) throw ended;
        expect(codes).toContain(ended.code);
        expect(await contentsOf(store)).toEqual(before);
        seen.refused.add(ended.code);
        return;
      }
      const after = await contentsOf(store);
      expect(await run(kind, contents, skipInvalid)).toMatchObject({ created: 0, updated: 0 });
      expect(await contentsOf(store)).toEqual(after);
      seen.kept += 1;
    }),
    { numRuns: 250 },
  );
  expect(seen.kept).toBeGreaterThan(20);
  expect([...seen.refused].sort()).toEqual([...codes].sort());
}, 120_000);
