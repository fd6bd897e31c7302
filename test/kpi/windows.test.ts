import { describe, expect, it } from '@jest/globals';
import { edgeDay, nearRange, windowRange } from '../../src/kpi/windows.ts';
import { addDays, dayOf, periodStart } from '../../src/program/civil-date.ts';
import type { WindowDefinition } from '../../src/program/schema/kpi.ts';
import { fc } from '../services/fast-check.ts';

const calendar = { fiscalYearStart: 1 };
const by = 'closeOn';

function range(window: WindowDefinition, asOf: string, fiscalYearStart = 1): string {
  const { from, to } = windowRange(window, asOf, { fiscalYearStart });
  return `[${from ?? ''}, ${to ?? ''})`;
}

describe('windows, hand-checked', () => {
  it('WN-1 trailing 12 months count their first day and not the day of the evaluation', () => {
    expect(range({ last: '12 months', by }, '2026-11-23')).toBe('[2025-11-23, 2026-11-23)');
  });

  it('WN-2 a month that is too short ends at its last day', () => {
    expect(range({ last: '12 months', by }, '2028-02-29')).toBe('[2027-02-28, 2028-02-29)');
    expect(range({ last: '1 month', by }, '2026-03-31')).toBe('[2026-02-28, 2026-03-31)');
  });

  it('WN-3 the last full 12 months end with the last month', () => {
    expect(range({ lastFull: '12 months', by }, '2026-11-23')).toBe('[2025-11-01, 2026-11-01)');
    expect(range({ lastFull: '2 quarters', by }, '2026-11-23')).toBe('[2026-04-01, 2026-10-01)');
  });

  it('WN-4 an instant belongs to the day of the program in its own zone', () => {
    const late = Date.parse('2026-12-31T23:30:00Z');
    expect(dayOf(late, 'UTC')).toBe('2026-12-31');
    expect(dayOf(late, 'Europe/Stockholm')).toBe('2027-01-01');
  });

  it.each([
    [{ last: '90 days', by }, '[2026-08-25, 2026-11-23)'],
    [{ next: '90 days', by }, '[2026-11-23, 2027-02-21)'],
    [{ current: 'quarter', by }, '[2026-10-01, 2026-11-23)'],
    [{ previous: 'quarter', by }, '[2026-07-01, 2026-10-01)'],
    [{ current: 'year', by }, '[2026-01-01, 2026-11-23)'],
    [{ last: '12 months', by, ago: '12 months' }, '[2024-11-23, 2025-11-23)'],
    [{ last: '12 months', by, ago: '90 days' }, '[2025-08-25, 2026-08-25)'],
    [{ elapsed: '90 days', by }, '[, 2026-08-26)'],
  ] as [WindowDefinition, string][])('%j covers %s on 2026-11-23', (window, expected) => {
    expect(range(window, '2026-11-23')).toBe(expected);
  });

  it.each([
    // 29, 30 and 31 January and one month is the last of February: on that day all of them are a month old.
    [{ elapsed: '1 month', by }, '2026-02-28', '[, 2026-02-01)'],
    [{ elapsed: '1 month', by }, '2026-03-01', '[, 2026-02-02)'],
    [{ elapsed: '1 year', by }, '2025-02-28', '[, 2024-03-01)'],
    [{ last: '12 months', by }, '2029-02-28', '[2028-02-28, 2029-02-28)'],
    [{ next: '1 month', by }, '2028-01-31', '[2028-01-31, 2028-02-29)'],
    [{ current: 'month', by }, '2026-03-01', '[2026-03-01, 2026-03-01)'],
    [{ previous: 'quarter', by }, '2028-03-31', '[2027-10-01, 2028-01-01)'],
  ] as [WindowDefinition, string, string][])('%j on %s covers %s', (window, asOf, expected) => {
    expect(range(window, asOf)).toBe(expected);
  });

  it('counts fiscal periods from the first month of the fiscal year', () => {
    expect(range({ current: 'fiscalYear', by }, '2026-11-23', 10)).toBe('[2026-10-01, 2026-11-23)');
    expect(range({ previous: 'fiscalQuarter', by }, '2026-11-23', 2)).toBe('[2026-08-01, 2026-11-01)');
    expect(periodStart('2026-01-15', 'fiscalQuarter', 2)).toBe('2025-11-01');
  });
});

describe('the day on which a record comes past an edge of a window', () => {
  const windows: WindowDefinition[] = [
    { last: '12 months', by },
    { last: '1 month', by },
    { last: '90 days', by, ago: '1 month' },
    { lastFull: '3 months', by },
    { current: 'quarter', by },
    { previous: 'month', by },
    { next: '1 month', by },
    { elapsed: '1 month', by },
  ];
  const day = fc.integer({ min: 0, max: 1500 }).map((count) => addDays('2026-01-01', count));

  it('is the first one for which the window itself says so', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...windows),
        day,
        day,
        fc.constantFrom('nears', 'enters', 'leaves', 'fades'),
        (window, asOf, date, edge) => {
          const bound = (on: string) => {
            const rangeOf = edge === 'nears' || edge === 'fades' ? nearRange : windowRange;
            const { from, to } = rangeOf(window, on, calendar);
            return edge === 'nears' || edge === 'enters' ? to : from;
          };
          const found = edgeDay({ window, edge, date, asOf }, calendar);
          let expected: string | null = null;
          for (let ahead = 1; ahead <= 2300 && expected === null; ahead++) {
            const on = addDays(asOf, ahead);
            const limit = bound(on);
            if (limit !== null && limit > date) expected = on;
          }
          if (window.elapsed !== undefined && edge !== 'enters') expect(found).toBeNull();
          else expect(found).toBe(expected);
        },
      ),
      { numRuns: 25 },
    );
  });
});
