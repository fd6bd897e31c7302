import { expect, it } from '@jest/globals';
import { isTierlinkError } from '../../src/errors.ts';
import type { Store } from '../../src/store/store.ts';
import {
  type FoundRow,
  type ImportKind,
  type ImportOptions,
  importFile,
  listedFindings,
} from '../../src/sync/import/import.ts';
import { recordsPerBatch } from '../../src/sync/import/kinds.ts';
import { addFindings, foundPages, openStaging, stagePage } from '../../src/sync/import/staging.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { contentsOf } from './pull-house.ts';

/** Files of more than one page: rows that have to do with each other are far apart in them. */

let store: Store;
let time = Date.parse('2026-03-02T12:00:00Z');
storeForEach(async (opened) => {
  store = opened;
  await run('partners', ['id,name,number', 'base,Base,B-1']);
});

async function run(kind: ImportKind, lines: readonly string[], more: Partial<ImportOptions> = {}) {
  return await importFile(kind, lines.join('\n'), {
    store,
    clock: { now: () => (time += 1000) },
    context: { timeZone: 'UTC', currency: 'EUR' },
    author: 'olga',
    file: 'f.csv',
    ...more,
  });
}

const far = recordsPerBatch + 1;

/** Rows that have nothing to do with any other. */
function between(row: (n: number) => string): string[] {
  return Array.from({ length: far }, (_, n) => row(n));
}

it('finds a row of an earlier page that says the same, or says it otherwise', async () => {
  const row = 'x@a.example,base,Ann';
  const others = between((n) => `p${n}@x.example,base,Person ${n}`);
  const report = await run('people', ['email,partner,name', row, ...others, row, 'X@A.example,base,Bea'], {
    skipInvalid: true,
  });
  expect(report).toMatchObject({ rows: far + 3, created: far + 1, unchanged: 1, invalid: 1 });
  expect(report.errors).toEqual([
    expect.objectContaining({
      line: far + 4,
      reason: 'the same record as in line 2, with other contents',
    }),
  ]);
});

it('tells that a fact is there twice where an earlier page names its partner in another way', async () => {
  const others = between((n) => `base,usage,2026-01-31,s${n}`);
  const lines = [
    'partner,kind,occurred_on,subject',
    'base,usage,2026-01-31,',
    ...others,
    'B-1,usage,2026-01-31,',
  ];
  const report = await run('facts', lines, { skipInvalid: true });
  expect(report).toMatchObject({ created: far + 1, invalid: 1 });
  expect(report.errors).toEqual([
    expect.objectContaining({
      line: far + 3,
      reason: 'the same fact as in line 2, where the partner is named in another way',
    }),
  ]);
});

it('makes one deal of rows that are pages apart, and asks of all what they say of its customer', async () => {
  const header = 'id,partner,role,share,customer,customer_country';
  const others = between((n) => `d${n},base,sourced,100,Buyer,`);
  const [one, other] = ['far,base,sourced,60,Northwind,Norway', 'far,base,influenced,40,Northwind,Norway'];
  const report = await run('deals', [header, one, ...others, other]);
  expect(report).toMatchObject({ created: far + 2, invalid: 0, customersAdded: 2 });
  expect(await store.query(`select country from tierlink.customer where name = 'Northwind'`)).toEqual([
    { country: 'Norway' },
  ]);
  const torn = await run('deals', [header, one, ...others, other.replace('Norway', 'Peru')], {
    skipInvalid: true,
  });
  expect(torn).toMatchObject({ unchanged: far, invalid: 2 });
  expect(torn.errors.map(({ line, reason }) => [line, reason])).toEqual([
    [2, `line ${far + 3}, of the same deal, has an error`],
    [far + 3, '"Peru" here and "Norway" in line 2: rows say the same of one customer'],
  ]);
});

it('finds parents, circles and orphans across pages', async () => {
  const lines = [
    'id,name,parent',
    'a,A,b',
    'top,Top,',
    'o1,O1,o2',
    ...between((n) => `p${n},P ${n},top`),
    'b,B,a',
    'o2,O2,nobody',
    'low,Low,a',
  ];
  const report = await run('partners', lines, { skipInvalid: true });
  const last = lines.length;
  expect(report.errors.map(({ line, reason }) => [line, reason])).toEqual([
    [2, `a circle of parents: line 2, line ${last - 2}`],
    [4, `the row of its parent, line ${last - 1}, has an error`],
    [last - 2, `a circle of parents: line 2, line ${last - 2}`],
    [last - 1, 'no partner is known as "nobody"'],
    [last, 'the row of its parent, line 2, has an error'],
  ]);
  expect(report).toMatchObject({ created: far + 1, invalid: 5 });
});

it('gives an id to the record that was known without it, once, whatever page asks', async () => {
  await run('leads', ['partner,company', 'base,Known']);
  const others = between((n) => `base,C ${n},x${n}`);
  const report = await run('leads', [
    'partner,company,id',
    'base,Known,first',
    ...others,
    'base,Known,second',
  ]);
  expect(report).toMatchObject({ created: far + 1, updated: 0, unchanged: 1 });
});

it('lists the first errors, counts all and hands all over, of a file that comes in pieces', async () => {
  const rows = Array.from(
    { length: far },
    (_, n) => `p${n}@x.example,${n % 2 === 0 ? 'nobody' : 'base'},P ${n}`,
  );
  async function* pieces() {
    // Cuts line ends and letters in two.
    const bytes = Buffer.from(['email,partner,name', ...rows].join('\r\n'));
    for (let at = 0; at < bytes.length; at += 97) yield bytes.subarray(at, at + 97);
  }
  const found: FoundRow[] = [];
  const onFindings: ImportOptions['onFindings'] = async (pages) => {
    for await (const page of pages) found.push(...page);
  };
  const before = await contentsOf(store);
  const options = { store, clock: { now: () => 0 }, context: { timeZone: 'UTC', currency: 'EUR' } };
  const thrown = await importFile('people', pieces, {
    ...options,
    author: 'o',
    file: 'f.csv',
    onFindings,
  }).catch((error: unknown) => error);
  if (!isTierlinkError(thrown)) throw thrown;
  const wrong = Math.ceil(far / 2);
  expect(thrown.data).toMatchObject({ count: wrong, errors: { length: listedFindings } });
  expect(await contentsOf(store)).toEqual(before);
  expect(found).toHaveLength(wrong);
  expect(found.at(-1)).toEqual({
    line: far + 1,
    kind: 'error',
    cells: { email: `p${far - 1}@x.example`, partner: 'nobody', name: `P ${far - 1}` },
    reasons: [{ column: 'partner', reason: 'no partner is known as "nobody"' }],
  });
});

it('hands a row over once, as the worst that is told of it, with all that is', async () => {
  const found = await store.transaction(async (tx) => {
    await openStaging(tx);
    const rows = [2, 3, 4].map((line) => ({ line, cells: { name: `Row ${line}` } }));
    await stagePage(tx, { columns: ['name'], rows, errors: [], broken: [] });
    const told = (line: number, reason: string) => ({ line, column: 'name', value: '', reason });
    await addFindings(tx, 'ignored', [told(2, 'kept'), told(3, 'kept')]);
    await addFindings(tx, 'waiting', [told(4, 'waits'), told(3, 'waits')]);
    await addFindings(tx, 'error', [told(3, 'wrong'), told(3, 'wrong too')]);
    const pages: FoundRow[] = [];
    for await (const page of foundPages(tx)) pages.push(...page);
    return pages;
  });
  expect(found.map(({ line, kind, reasons }) => [line, kind, reasons.map(({ reason }) => reason)])).toEqual([
    [2, 'ignored', ['kept']],
    [3, 'error', ['wrong', 'wrong too', 'waits', 'kept']],
    [4, 'waiting', ['waits']],
  ]);
});
