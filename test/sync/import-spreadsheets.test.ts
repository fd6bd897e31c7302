import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { fromPackageRoot } from '../../src/package-root.ts';
import type { Store } from '../../src/store/store.ts';
import { parseCsv, readCsv } from '../../src/sync/import/csv-read.ts';
import { type ImportKind, importDefinitions, importFile } from '../../src/sync/import/import.ts';
import { columnsOfTypes } from '../../src/sync/import/kinds.ts';
import { spoiledReason } from '../../src/sync/import/spoiled.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { type ImportHouse, openImportHouse } from './import-house.ts';

let store: Store;
let run: ImportHouse['run'];
let refused: ImportHouse['refused'];

storeForEach(async (opened) => {
  store = opened;
  ({ run, refused } = await openImportHouse(store));
});

const header = 'partner,kind,occurred_on,quantity,amount';
const fact = (quantity: string, amount = '', day = '2026-01-31') => `A1;usage;${day};${quantity};${amount}`;
const semicolons = (...rows: string[]) => [header.replaceAll(',', ';'), ...rows];

async function errorsOf(kind: ImportKind, lines: string[], more = {}): Promise<string[]> {
  const { data } = await refused(kind, lines, more);
  const errors = data.errors as { line: number; column: string; reason: string }[];
  return errors.map(({ line, column, reason }) => `${line} ${column}: ${reason}`);
}

describe('numbers as spreadsheets write them', () => {
  it('that may be thousands are errors until the file or a flag tells', async () => {
    const unclear =
      '"1.234" may be 1234 or 1.234, and nothing else in the file tells: --decimals comma reads the one, --decimals point the other';
    expect(await errorsOf('facts', semicolons(fact('1.234', '2.500')))).toEqual([
      `2 quantity: ${unclear}`,
      expect.stringContaining('2 amount: "2.500" may be 2500 or 2.500'),
    ]);
    const shown = semicolons(fact('1.234', '2.5'));
    expect(await run('facts', shown, { dryRun: true })).toMatchObject({ created: 1 });
    const both = semicolons(fact('1.234', '2.5'), fact('3,5', '', '2026-02-28'));
    expect(await errorsOf('facts', both)).toEqual([
      `2 quantity: ${unclear}`,
      '3 quantity: "3,5" is not a number with a point, such as 1234.5; numbers written like this are read with --decimals comma',
    ]);
    await run('facts', semicolons(fact('1.234', '2.500')), { decimals: 'comma' });
    await run('facts', semicolons(fact('1.234', '2.500', '2026-02-28')), { decimals: 'point' });
    expect(await store.query('select quantity, amount from tierlink.fact order by occurred_on')).toEqual([
      { quantity: '1234', amount: '2500' },
      { quantity: '1.234', amount: '2.5' },
    ]);
  });

  it.each<['point' | 'comma', string, string]>([
    ['comma', '1.234.567,89', '1234567.89'],
    ['comma', '1 234,5', '1234.5'],
    ['comma', '1\u202f234\u202f567', '1234567'],
    ['comma', '-0,25', '-0.25'],
    ['point', '1,234,567.89', '1234567.89'],
    ['point', "1'234.5", '1234.5'],
    ['point', '1234.5', '1234.5'],
  ])('with a decimal %s, %s is read', async (decimals, written, meant) => {
    await run('facts', semicolons(fact(written)), { decimals });
    expect(await store.query('select quantity from tierlink.fact')).toEqual([{ quantity: meant }]);
  });

  it('with groups that are none, or the other mark, are errors', async () => {
    const lines = semicolons(
      ...['12.5', '12.34.567', '1.234 567', '1,234.5', '5,', 'x'].map((cell, index) =>
        fact(cell, '', `2026-01-0${index + 1}`),
      ),
    );
    const errors = await errorsOf('facts', lines, { decimals: 'comma' });
    expect(errors.map((error) => error.slice(0, 20))).toEqual([
      '2 quantity: "12.5" i',
      '3 quantity: "12.34.5',
      '4 quantity: "1.234 5',
      '5 quantity: "1,234.5',
      '7 quantity: "x" is n',
    ]);
  });

  it.each([
    ['5 €', 'write the number alone'],
    ['EUR 5', 'write the number alone'],
    ['1,234', 'say which mark its decimals come after'],
    ['1,234.5', 'read with --decimals point'],
    ['1.23457E+15', 'a long number that a spreadsheet has cut short'],
  ])('%s is told what to do about', async (cell, told) => {
    expect(await errorsOf('facts', semicolons(fact(cell)))).toEqual([expect.stringContaining(told)]);
  });

  it('that are percentages may have the sign, and are no parts of 1', async () => {
    const deals = [
      'id;partner;role;share;probability',
      'd1;A1;sourced;33.333%;80 %',
      'd1;A2;sourced;66.667;80',
    ];
    await run('deals', deals);
    expect(await store.query('select share from tierlink.credit order by share')).toEqual([
      { share: '33.333' },
      { share: '66.667' },
    ]);
    const parts = [
      'id,partner,role,share,probability',
      'd2,A1,sourced,0.6,80',
      'd2,A2,sourced,0.4,80',
      'd3,A1,sourced,,0.8',
      'd4,A1,sourced,,180',
    ];
    expect(await errorsOf('deals', parts)).toEqual([
      expect.stringContaining(
        '2 share: the shares of its partners do not add up to 100; they are percentages',
      ),
      expect.stringContaining('3 id:'),
      expect.stringContaining('4 probability: "0.8" is a part of 1'),
      '5 probability: "180" is not between 0 and 100',
    ]);
  });
});

describe('days as spreadsheets write them', () => {
  it('are read in the order that is given, and name the same records', async () => {
    const people = (day: string) => ['email,code,issued_on', `ann@acme.example,PRO,${day}`];
    await run('certifications', people('2026-01-02'));
    for (const [day, days] of [
      ['02.01.2026', 'dmy'],
      ['2/1/2026', 'dmy'],
      ['1/2/2026', 'mdy'],
      ['2026-01-02', 'mdy'],
    ] as const)
      expect(await run('certifications', people(day), { days })).toMatchObject({ created: 0, unchanged: 1 });
  });

  it.each([
    ['45992', 'it is the number of a day in a spreadsheet'],
    ['31.03.2026', 'read with --days dmy'],
    ['3/31/2026', 'read with --days mdy'],
    ['03/04/2026', '--days dmy or --days mdy'],
    ['31.03.26', 'write the year with four digits'],
    ['2026-03-31 00:00', 'write the day without a time'],
  ])('%s is told what to do about', async (day, told) => {
    expect(await errorsOf('facts', semicolons(fact('1', '', day)))).toEqual([expect.stringContaining(told)]);
  });

  it('of the other order are errors', async () => {
    expect(await errorsOf('facts', semicolons(fact('1', '', '31.03.2026')), { days: 'mdy' })).toHaveLength(1);
  });

  it('with a time need a zone', async () => {
    expect(await errorsOf('leads', ['partner,email,created_at', 'A1,x@y.example,2026-02-01 09:30'])).toEqual([
      expect.stringContaining('write its zone too'),
    ]);
  });
});

describe('what a spreadsheet has spoilt', () => {
  it('is told by what it looks like', () => {
    const spoilt = {
      '#N/A': 'a formula that went wrong',
      '#BEZUG!': 'a formula that went wrong',
      '########': 'too narrow',
      '1,23457E+15': 'cut short',
      'M\u00c3\u00bcller': 'is "Müller", read in a wrong encoding',
      '5 \u00e2\u201a\u00ac': 'is "5 €", read in a wrong encoding',
      'M\u221a\u00baller': 'is "Müller", read in a wrong encoding',
      'M\ufffdller': 'has lost letters',
    };
    for (const [cell, told] of Object.entries(spoilt)) expect(spoiledReason(cell)).toContain(told);
    const sound = 'Müller|SÃO PAULO|NESCAFÉ®|Ã|«été»|#1|C#|√2|E+|5E10|N/A|Ægir Åse'.split('|');
    for (const cell of sound) expect([cell, spoiledReason(cell)]).toEqual([cell, undefined]);
  });

  it('is an error in every column', async () => {
    const lines = ['id,name,number,country', '1.2E+12,Zed,7,', 'z,Zed,#N/A,', 'y,Zed,8,#REF!'];
    const errors = await errorsOf('partners', lines);
    expect(errors.map((error) => error.split(':')[0])).toEqual(['2 id', '3 number', '4 country']);
  });

  it('zeros in front of ids and numbers are missed where they are known', async () => {
    await run('partners', ['id,name,number', '007,Zed,00123']);
    await run('leads', ['id,partner,company', '0042,007,One']);
    const lost = 'a spreadsheet takes zeros from the front';
    expect(await errorsOf('leads', ['id,partner,company', '42,A1,One', '43,7,Two'])).toEqual([
      expect.stringContaining(`2 id: nobody knows 42, but 0042: ${lost}`),
      expect.stringContaining(`3 partner: no partner is known as "7", but "007" is: ${lost}`),
    ]);
    expect(await errorsOf('partners', ['name,number', 'Zed,123'])).toEqual([
      expect.stringContaining('2 number: nobody knows 123, but 00123'),
    ]);
    const both = ['id,partner,company', '0042,007,One', '42,A1,Two'];
    expect((await run('leads', both.slice(0, 2))).unchanged).toBe(1);
    expect(await errorsOf('leads', both)).toHaveLength(1);
  });
});

describe('texts that only look spoilt', () => {
  it('are taken as they stand where somebody says so, and no other error is', async () => {
    await run('partners', ['id,name,number', '007,Zed,00123']);
    await run('leads', ['id,partner,company', '0042,007,One']);
    const lines = ['id,partner,company', '42,A1,#WIN!', '2E+10,007,Two'];
    const [first, second] = await errorsOf('leads', lines);
    expect(first).toMatch(/^2 company: .*; where it is meant so, --as-written takes it$/);
    expect(second).toMatch(/^3 id: .*; where it is meant so, --as-written takes it$/);
    expect(await errorsOf('leads', ['id,partner,company', '42,A1,Two'])).toEqual([
      expect.stringMatching(/; where it is another one, --as-written takes it$/),
    ]);
    expect(await run('leads', lines, { asWritten: true })).toMatchObject({ created: 2 });
    const day = ['name,number,started_on', 'Zoe,123,#N/A'];
    for (const asWritten of [false, true])
      expect((await errorsOf('partners', day, { asWritten })).at(-1)).toMatch(
        /^2 started_on: "#N\/A" is what a spreadsheet shows .*; mend it there$/,
      );
    const amount = semicolons(fact('1.2E+10'));
    expect(await errorsOf('facts', amount, { asWritten: true })).toEqual([
      expect.stringMatching(/^2 quantity: .* cut short;/),
    ]);
  });

  it('are no other ones once the one with zeros was taken back', async () => {
    await run('leads', ['id,partner,company', '0042,A1,One']);
    await run('leads', ['id,partner,company', '0042,A1,One'], { remove: true });
    expect(await run('leads', ['id,partner,company', '42,A1,One'])).toMatchObject({ created: 1 });
  });
});

describe('the form of a file of a spreadsheet', () => {
  it('may begin with what separates its cells, and have columns without a title that are blank', async () => {
    const lines = [
      'sep=;',
      'Partner;KIND;;occurred-on;;',
      'A1;usage;;2026-01-31;;',
      'A2;usage;;2026-01-31;;;;',
      'A1;visit;;2026-01-31',
    ];
    expect(await run('facts', lines)).toMatchObject({ rows: 3, created: 3 });
    const odd = [...lines, 'A1;call;x;2026-01-31', 'A1;call;;2026-01-31;;;;y', 'A1;call'];
    expect(await errorsOf('facts', odd)).toEqual([
      '6 : "x" stands in column 3, which has no title',
      '7 : the row has 8 cells, the header 6; a cell with a separator in it stands in quotes ("1,5")',
      '8 : the row has 2 cells, the header 6; a cell that is blank has its separator too',
    ]);
  });

  it.each<[string, string[], string]>([
    [
      'another kind',
      ['email,partner,title', 'a@b.example,A1,x'],
      'its columns are those of people; give it to tierlink import people',
    ],
    [
      'an export',
      ['id,crmIds,partner,kind,occurredOn', 'x,,A1,usage,2026-01-31'],
      'it is a file of tierlink export',
    ],
    ['no header', ['A1,usage,2026-01-31'], 'its first line has no title of a column of facts'],
    ['several unknown columns', ['partner,art,datum'], 'there are no columns "art", "datum" among'],
  ])('of %s is told', async (_what, lines, told) => {
    expect((await refused('facts', lines)).message).toContain(told);
  });

  it('may be the Unicode text of a spreadsheet, read whole or in pieces', async () => {
    const text = '\ufeffpartner\tkind\toccurred_on\nA1\tBesuch in K\u00f6ln\u{1f37b}\t2026-01-31\n';
    const little = Buffer.from(text, 'utf16le');
    const big = Buffer.from(little).swap16();
    for (const bytes of [little, big]) {
      const pieces = async function* () {
        // A character may be cut in two.
        for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
      };
      for (const contents of [new Uint8Array(bytes), pieces]) {
        const rows = [];
        for await (const { cells } of readCsv('f.txt', contents)) rows.push(cells);
        expect(rows).toEqual([
          ['partner', 'kind', 'occurred_on'],
          ['A1', 'Besuch in K\u00f6ln\u{1f37b}', '2026-01-31'],
        ]);
      }
    }
  });

  it('that is a workbook is told', async () => {
    const workbook = 'PK\u0003\u0004';
    const options = {
      store,
      clock: { now: () => 0 },
      context: { timeZone: 'UTC', currency: 'EUR' },
      author: 'o',
      file: 'f.xlsx',
    };
    await expect(importFile('facts', Buffer.from(workbook), options)).rejects.toMatchObject({
      message: expect.stringContaining('it is a workbook of a spreadsheet, not CSV'),
    });
  });

  it('counts rows that are repeated', async () => {
    const row = 'A1,usage,2026-01-31,5,';
    expect(await run('facts', [header, row, row])).toMatchObject({
      rows: 2,
      created: 1,
      unchanged: 1,
      repeated: 1,
    });
  });
});

describe('the examples', () => {
  /** As a German spreadsheet writes the file. */
  function german(kind: ImportKind, text: string): string[] {
    const definition = importDefinitions[kind];
    const numbers = columnsOfTypes(definition, ['decimal', 'money']);
    const [titles, ...rows] = parseCsv(kind, text).map(({ cells }) => cells);
    const cellOf = (cell: string, index: number) => {
      const day = /^(\d{4})-(\d{2})-(\d{2})$/.exec(cell);
      if (day !== null) return `${day[3]}.${day[2]}.${day[1]}`;
      return numbers.includes(titles![index]!) ? cell.replace('.', ',') : cell;
    };
    return [titles!, ...rows.map((cells) => cells.map(cellOf))].map((cells) => cells.join(';'));
  }

  it('of every kind are imported with all of its columns, and mean the same as a spreadsheet writes them', async () => {
    for (const kind of ['partners', 'people', 'deals', 'certifications', 'leads', 'facts'] as const) {
      const text = readFileSync(fromPackageRoot('docs', 'import-examples', `${kind}.csv`), 'utf8');
      const lines = text.trim().split('\n');
      expect(lines[0]!.split(',').sort()).toEqual(
        importDefinitions[kind].columns.map(({ name }) => name).sort(),
      );
      const rows = lines.length - 1;
      expect(await run(kind, lines)).toMatchObject({ rows, created: rows, invalid: 0, waitingCount: 0 });
      const again = { created: 0, updated: 0, unchanged: rows, invalid: 0 };
      expect(await run(kind, german(kind, text), { decimals: 'comma', days: 'dmy' })).toMatchObject(again);
    }
  });
});
