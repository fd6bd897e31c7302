import { describe, expect, it } from '@jest/globals';
import type { Reads } from '../../src/sync/connector-manifest.ts';
import type { MonthCount } from '../../src/verify/months.ts';
import { callsToRead, type MonthRange, rangesOf } from '../../src/verify/ranges.ts';
import { isDearById } from '../../src/verify/read-again.ts';
import { fc } from '../services/fast-check.ts';

const byPages = { rowsPerCall: 5_000, idsPerCall: 5_000, bulk: null };
const byJobs = { rowsPerCall: 2_000, idsPerCall: 500, bulk: { from: 2_000, calls: 5, rowsPerCall: 20_000 } };

/** Months from January 2020 on, each with as many records as is said; null: none were made in it. */
function countsOf(records: readonly (number | null)[]): MonthCount[] {
  return records.flatMap((counted, index) =>
    counted === null ? [] : [{ month: monthAt(index), counted, linked: counted, aside: 0 }],
  );
}

function monthAt(index: number): string {
  return new Date(Date.UTC(2020, index, 1)).toISOString().slice(0, 7);
}

function sizeOf(counts: readonly MonthCount[], { months }: Pick<MonthRange, 'months'>): number {
  return counts
    .filter(({ month }) => months.includes(month))
    .reduce((sum, { counted, linked }) => sum + Math.max(counted, linked), 0);
}

const everySecond = (counts: readonly MonthCount[]) =>
  new Set(counts.map(({ month }) => month).filter((_month, index) => index % 2 === 0));

describe('records that are looked at again', () => {
  it('are read where they were met once asking for their ids takes more calls', () => {
    expect(isDearById(1_000, { records: 1_900 }, byJobs)).toBe(true);
    expect(isDearById(500, { records: 1_900 }, byJobs)).toBe(false);
    expect(isDearById(2_500, { records: 10_000 }, byJobs)).toBe(false);
    expect(isDearById(10_000, { records: 10_000 }, byJobs)).toBe(true);
    expect(isDearById(75_000, { records: 75_000 }, byPages)).toBe(false);
  });
});

describe('months that are read', () => {
  it('are one read where what lies between them is small', () => {
    const counts = countsOf([10, null, 20, 30, 5]);
    expect(rangesOf(counts, new Set(['2020-01', '2020-04']), byPages)).toEqual([
      {
        months: ['2020-01', '2020-03', '2020-04'],
        records: 60,
        created: { from: '2020-01-01T00:00:00.000Z', before: '2020-05-01T00:00:00.000Z' },
      },
    ]);
  });

  it('are read by themselves where what lies between them is not', () => {
    const counts = countsOf([10, 20_000, 10]);
    const months = rangesOf(counts, new Set(['2020-01', '2020-03']), byPages).map((range) => range.months);
    expect(months).toEqual([['2020-01'], ['2020-03']]);
  });

  it('are all read at once where asking for each would take more calls', () => {
    const counts = countsOf(Array<number>(60).fill(5_000));
    const [range, ...others] = rangesOf(counts, everySecond(counts), byJobs);
    expect(others).toEqual([]);
    // The last month has no difference.
    expect(range?.months).toHaveLength(59);
    expect(rangesOf(counts, new Set(['2020-03', '2021-03']), byPages)).toHaveLength(2);
  });

  it('are part of a read of everything where some records do not tell when they were made', () => {
    const counts = [{ month: '', counted: 3, linked: 2, aside: 0 }, ...countsOf([10, 20])];
    expect(rangesOf(counts, new Set(['', '2020-02']), byPages)).toEqual([
      { months: ['', '2020-01', '2020-02'], records: 33, created: undefined },
    ]);
    const ours = [{ month: '', counted: 0, linked: 2, aside: 0 }, ...countsOf([10, 20])];
    expect(rangesOf(ours, new Set(['', '2020-02']), byPages).map(({ months }) => months)).toEqual([
      [''],
      ['2020-02'],
    ]);
  });

  it('hold no more at once than fits, a month with more than that aside', () => {
    const counts = countsOf([300_000, 300_000, 700_000, 10]);
    const months = rangesOf(counts, new Set(counts.map(({ month }) => month)), byJobs);
    expect(months.map((range) => range.months.length)).toEqual([1, 1, 1, 1]);
  });

  /** What a read of its own costs beyond one that goes on. */
  const moreForOne = ({ bulk }: Reads) => (bulk === null ? 1 : bulk.calls + 1);

  it('are all wanted ones, each once, and take no more calls than reading everything but for what fits in memory', () => {
    const most = fc.constantFrom(9_000, 400_000);
    const listed = most.chain((max) =>
      fc.array(fc.tuple(fc.option(fc.integer({ min: 0, max }), { nil: null }), fc.boolean()), {
        minLength: 1,
        maxLength: 48,
      }),
    );
    fc.assert(
      fc.property(listed, fc.constantFrom(byPages, byJobs), (list, reads) => {
        const counts = countsOf(list.map(([records]) => records));
        const chosen = new Set(list.flatMap(([, isChosen], index) => (isChosen ? [monthAt(index)] : [])));
        const wanted = new Set(counts.map(({ month }) => month).filter((month) => chosen.has(month)));
        const ranges = rangesOf(counts, wanted, reads);
        const read = ranges.flatMap(({ months }) => months);
        expect(read).toEqual([...new Set(read)]);
        expect(read).toEqual(expect.arrayContaining([...wanted]));
        const calls = ranges.reduce((sum, range) => sum + callsToRead(sizeOf(counts, range), reads), 0);
        const size = sizeOf(counts, { months: counts.map(({ month }) => month) });
        const more = Math.floor(size / 250_000) * moreForOne(reads);
        expect(calls).toBeLessThanOrEqual(wanted.size === 0 ? 0 : callsToRead(size, reads) + more);
      }),
    );
  });
});
