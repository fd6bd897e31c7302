import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Style } from '../../src/cli/io.ts';
import { renderTable } from '../../src/cli/table.ts';

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

  it('keeps tabs and line breaks of a value out of --plain', () => {
    expect(renderTable(columns, [['a\tb', 'c\nd', 'e']], style({ plain: true }))).toBe(
      'PARTNER\tBOOKINGS\tWHY\na b\tc d\te\n',
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
