import { describe, expect, it } from '@jest/globals';
import type { Style } from '../../src/cli/io.ts';
import { renderTable } from '../../src/cli/table.ts';
import { fc } from '../services/fast-check.ts';

const style = (changes: Partial<Style> = {}): Style => ({
  width: 80,
  color: false,
  accessible: false,
  plain: false,
  ...changes,
});

const columns = [
  { title: 'PARTNER' },
  { title: 'BOOKINGS', align: 'right' as const },
  { title: 'WHY', wrap: true },
];

describe('a table', () => {
  it('aligns numbers right and texts left, three blanks apart', () => {
    const rows = [
      ['Northwind', 'USD 612,400', 'met'],
      ['Li', 'USD 9', 'NOT MET'],
    ];
    expect(renderTable(columns, rows, style())).toBe(
      [
        '  PARTNER        BOOKINGS   WHY',
        '  Northwind   USD 612,400   met',
        '  Li                USD 9   NOT MET',
        '',
      ].join('\n'),
    );
  });

  it('breaks a column that may be broken before it gives up being a table', () => {
    const why = 'closed on 2025-09-29, before the window that begins on 2025-10-01';
    const rendered = renderTable(columns, [['Northwind', 'USD 612,400', why]], style({ width: 60 }));
    for (const line of rendered.split('\n')) expect(line.length).toBeLessThanOrEqual(60);
    expect(rendered).not.toContain('WHY: ');
    expect(rendered.replace(/\s+/g, ' ')).toContain('closed on 2025-09-29');
  });

  it('becomes a list where it does not fit, leaving blanks out', () => {
    const rendered = renderTable(columns, [['A'.repeat(40), '1'.repeat(30), '']], style({ width: 60 }));
    expect(rendered).toBe(`  PARTNER: ${'A'.repeat(40)}\n    BOOKINGS: ${'1'.repeat(30)}\n`);
  });

  it('breaks the values of such a list, too, below where they begin', () => {
    const why = 'Somebody closed it on 2025-09-29, which is the day before the window begins';
    const rendered = renderTable(columns, [['A'.repeat(40), '1'.repeat(30), why]], style({ width: 60 }));
    expect(rendered.split('\n').slice(2)).toEqual([
      '    WHY: Somebody closed it on 2025-09-29, which is the day',
      '         before the window begins',
      '',
    ]);
  });

  it('keeps tabs and line breaks of a value out of --plain', () => {
    expect(renderTable(columns, [['a\tb', 'c\nd', 'e']], style({ plain: true }))).toBe(
      'PARTNER\tBOOKINGS\tWHY\na b\tc d\te\n',
    );
  });

  it('keeps broken columns apart', () => {
    const rows = [
      ['Customer satisfaction (one of 3)', '80 %', 'Too few ratings yet to say anything about it'],
    ];
    const wrapped = columns.map((column) => ({ ...column, wrap: true }));
    const rendered = renderTable(wrapped, rows, style({ width: 50 }));
    const [, ...lines] = rendered.trimEnd().split('\n');
    expect(rendered).not.toContain('PARTNER: ');
    for (const line of lines) expect(line).toMatch(/^ {2}\S+( \S+)*( {3,}\S+( \S+)*)*$|^ {5,}/);
  });

  it('breaks titles before values, and never breaks a number', () => {
    const wide = [{ title: 'PARTNER' }, { title: 'SOURCED REVENUE (12 MO)', align: 'right' as const }];
    const rendered = renderTable(wide, [['Northwind Integrators', 'USD 612,400']], style({ width: 40 }));
    expect(rendered).toMatch(/^ {2}PARTNER +SOURCED\n/);
    expect(rendered).toMatch(/\n {2}Northwind Integrators +USD 612,400\n/);
  });

  it('breaks texts that had better stay whole before it becomes a list', () => {
    const texts = [{ title: 'PARTNER' }, { title: 'STATUS' }];
    const rows = [['Tidewater Technology Group', 'waits for an approval']];
    const rendered = renderTable(texts, rows, style({ width: 36 }));
    expect(rendered).not.toContain('PARTNER: ');
    for (const line of rendered.split('\n')) expect(line.length).toBeLessThanOrEqual(36);
  });

  it('puts short values that belong together on one line of the list, where they fit and nobody reads it out', () => {
    const short = [
      { title: 'MAPPING' },
      { title: 'RECORDS' },
      { title: 'IN', beside: true },
      { title: 'OUT', beside: true },
    ];
    const rows = [['deal', 'won-since-the-beginning', '12', '0']];
    expect(renderTable(short, rows, style({ width: 40 }))).toBe(
      '  MAPPING: deal\n    RECORDS: won-since-the-beginning\n    IN: 12   OUT: 0\n',
    );
    expect(renderTable(short, rows, style({ width: 40, accessible: true }))).toContain(
      '\n    IN: 12\n    OUT: 0\n',
    );
  });

  it('leaves out columns that say nothing, except with --plain', () => {
    const rows = [
      ['Northwind', '', 'met'],
      ['Li', '', 'met'],
    ];
    expect(renderTable(columns, rows, style())).toBe(
      '  PARTNER     WHY\n  Northwind   met\n  Li          met\n',
    );
    expect(renderTable(columns, rows, style({ plain: true }))).toContain('PARTNER\tBOOKINGS\tWHY\n');
  });

  it('says once what is the same in every row, where the column asks for it', () => {
    const dated = [{ title: 'PARTNER' }, { title: 'AS OF', once: true }];
    const same = [
      ['Northwind', '2026-09-30'],
      ['Li', '2026-09-30'],
    ];
    expect(renderTable(dated, same, style())).toBe('  PARTNER\n  Northwind\n  Li\n  AS OF 2026-09-30\n');
    expect(renderTable(dated, [...same, ['Contoso', '2026-09-29']], style())).toContain(
      'Li          2026-09-30',
    );
    expect(renderTable(dated, same, style({ plain: true }))).toContain('Li\t2026-09-30\n');
  });

  it('aligns names of any script', () => {
    const rendered = renderTable(
      [{ title: 'PARTNER' }, { title: 'TIER' }],
      [
        ['富士通パートナー', 'Gold'],
        ['Li', 'Silver'],
      ],
      style(),
    );
    expect(rendered).toBe(
      '  PARTNER            TIER\n  富士通パートナー   Gold\n  Li                 Silver\n',
    );
  });

  it('loses no word of any value at any width', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9,.%-]{1,30}$/);
    const cell = fc.array(word, { minLength: 1, maxLength: 6 }).map((words) => words.join(' '));
    const table = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(table, fc.integer({ min: 20, max: 200 }), (rows, width) => {
        const found = renderTable(columns, rows, style({ width })).split(/\s+/);
        for (const each of rows.flat().flatMap((value) => value.split(' '))) expect(found).toContain(each);
      }),
    );
  });
});
