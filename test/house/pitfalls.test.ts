import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { fromPackageRoot } from '../../src/package-root.ts';

/**
 * Failures that real sync systems ship, and the tests that show that this one does not, by the number that the tests name
 * where they are about nothing else. Each entry: what goes wrong elsewhere, then files with the titles of their tests.
 */
interface Pitfall {
  what: string;
  tests: readonly (readonly [file: string, title: string])[];
}

const reading = 'test/connectors/salesforce/pitfalls-reading.test.ts';
const writing = 'test/connectors/salesforce/pitfalls-writing.test.ts';
const watermark = 'test/connectors/salesforce/pitfalls-watermark.test.ts';
const deletes = 'test/connectors/salesforce/pitfalls-deletes.test.ts';
const quota = 'test/connectors/salesforce/pitfalls-quota.test.ts';
const faults = 'test/sync/push-faults.test.ts';
const rapid = 'test/scenario/rapid-edits.test.ts';

const pitfalls: Readonly<Record<number, Pitfall>> = {
  1: { what: 'a watermark that passes rows which show later', tests: [[watermark, 'pitfall 1: ']] },
  2: { what: 'rows that show seconds after they were written', tests: [[watermark, 'pitfall 2: ']] },
  3: { what: 'rows that share the last second', tests: [[watermark, 'pitfall 3: ']] },
  4: { what: 'thousands of rows with one stamp', tests: [[watermark, 'pitfall 4: ']] },
  5: { what: 'half a window lost after a time-out', tests: [[watermark, 'pitfall 5: ']] },
  6: { what: 'a watermark of the client’s clock', tests: [[watermark, 'pitfall 6: ']] },
  7: {
    what: 'old rows that never came',
    tests: [
      ['test/scenario/old-rows.test.ts', 'pitfall 7: '],
      ['test/sync/pull-removals.test.ts', 'that holds far more than was read is reported too'],
    ],
  },
  8: {
    // No query here asks for a part of the fields, so there are no parts of a record that could disagree.
    what: 'records skipped because parts of them were read apart',
    tests: [
      [
        'test/contract/connector-reads.ts',
        'read hands out every record once, in pages, and ends with the last one',
      ],
    ],
  },
  9: { what: 'a used-up quota that ends as a success', tests: [[quota, 'pitfall 9: ']] },
  10: {
    what: 'formulas that move without a stamp',
    tests: [['test/sync/mapping-check.test.ts', 'a computed field that is read']],
  },
  11: { what: 'deletes that are not followed', tests: [[deletes, 'pitfall 11: ']] },
  12: {
    what: 'deletes that were none',
    tests: [
      [deletes, 'pitfall 12: '],
      [
        'test/sync/pull-removals.test.ts',
        'of very many records at once change nothing until a person accepts them',
      ],
    ],
  },
  13: {
    what: 'a cursor that expires early',
    tests: [[watermark, 'a cursor older than the platform remembers has expired']],
  },
  14: {
    what: 'deletes lost with the cursor',
    tests: [
      [
        'test/sync/pull-removals.test.ts',
        'that happened while changes were not kept are found after the cursor is lost',
      ],
    ],
  },
  15: {
    what: 'merges taken for deletes',
    tests: [
      [deletes, 'pitfall 15: '],
      ['test/sync/record-merges.test.ts', 'move their children, keep both histories and answer to both ids'],
    ],
  },
  16: { what: 'bulk jobs for small deltas', tests: [[reading, 'pitfall 16: ']] },
  17: { what: 'one integration that eats the day', tests: [[quota, 'pitfall 17: ']] },
  18: { what: 'two limits taken for one', tests: [[quota, 'pitfall 18: ']] },
  19: {
    what: 'endless writing back and forth',
    tests: [
      [faults, 'stops writing a record that keeps being changed back'],
      ['test/sync/merge.test.ts', 'sees our own echo as no change'],
    ],
  },
  20: { what: 'genuine edits dropped as echoes', tests: [[rapid, 'pitfall 20: ']] },
  21: {
    what: 'second rows after a lost answer',
    tests: [
      [writing, 'pitfall 21: '],
      [faults, 'makes no second record when the answer to a create was lost'],
    ],
  },
  22: { what: 'row locks at volume', tests: [[writing, 'pitfall 22: ']] },
  23: {
    what: 'writes that change nothing',
    tests: [
      ['test/sync/push.test.ts', 'writes nothing when nothing changed since'],
      ['test/sync/pass.test.ts', 'writes nothing and makes few calls when nothing changed'],
    ],
  },
  24: {
    what: 'values that a closed list refuses',
    tests: [
      [reading, 'pitfall 24: '],
      [
        'test/sync/pending.test.ts',
        'hold back a tier that the CRM does not list, once for all, and send it when it is there',
      ],
    ],
  },
  25: { what: 'days that shift and amounts without a currency', tests: [[reading, 'pitfall 25: ']] },
  26: {
    what: 'quarters that end in the wrong zone',
    tests: [
      ['test/kpi/windows.test.ts', 'WN-4 an instant belongs to the day of the program in its own zone'],
    ],
  },
  27: { what: 'lookups to several objects that cannot be written', tests: [[writing, 'pitfall 27: ']] },
  28: {
    what: 'children before their parents',
    tests: [['test/sync/pull-holds.test.ts', 'are held as a whole and heal by themselves, link by link']],
  },
  29: { what: 'hidden fields taken for blanks', tests: [[reading, 'pitfall 29: ']] },
  30: {
    what: 'a changed schema that loses rows',
    tests: [
      ['test/sync/pull.test.ts', 'goes on without a field that vanished from the CRM, and names it'],
      ['test/sync/pass-days.test.ts', 'name what no longer fits in the CRM, and rest only that line'],
    ],
  },
  31: {
    what: 'cleared values that do not travel',
    tests: [
      [rapid, 'pitfall 31: '],
      ['test/sync/outbound.test.ts', 'clears a value that is no longer wanted'],
    ],
  },
  32: {
    what: 'failures that end as success',
    tests: [
      ['test/sync/pull.test.ts', 'reads everything in scope, page by page, and accounts for every record'],
      [faults, 'rejects only the records that a rule refuses, grouped by cause, and lets the others through'],
    ],
  },
  33: { what: 'values that flip under quick edits', tests: [[rapid, 'pitfall 33: ']] },
  34: {
    what: 'two runs over one object',
    tests: [['test/sync/pass-days.test.ts', 'leave an object to the run that works on it']],
  },
  35: {
    what: 'a first sync that makes thousands of duplicates',
    tests: [
      ['test/scenario/first-day.test.ts', 'changes nothing in the CRM'],
      ['test/scenario/first-day.test.ts', 'pitfall 35: '],
    ],
  },
  36: {
    what: 'writes that nobody confirmed',
    tests: [['test/sync/pass-read-back.test.ts', 'is confirmed by the next pull']],
  },
};

/** Those of them in which a second CRM differs, by the file that holds their tests there. */
const onDynamics: Readonly<Record<string, readonly number[]>> = {
  watermark: [1, 2, 3, 4, 5, 6, 13, 14],
  deletes: [11, 12, 15],
  quota: [9, 17, 18],
  reading: [7, 10, 24, 25, 27, 29, 30, 31],
  writing: [21, 22, 24, 25, 27, 28, 29, 30, 31, 32],
};

describe('a failure that other systems ship', () => {
  it.each(
    Object.entries(onDynamics).flatMap(([file, numbers]) => numbers.map((number) => [number, file] as const)),
  )('%d has a test on Dynamics, in pitfalls-%s', (number, file) => {
    const code = readFileSync(fromPackageRoot(`test/connectors/dynamics/pitfalls-${file}.test.ts`), 'utf8');
    expect(code).toContain(`'pitfall ${number}: `);
    expect(code).not.toMatch(/\b(it|test|describe)\.(skip|todo)\b/);
  });

  it.each(Object.entries(pitfalls).map(([number, pitfall]) => [number, pitfall.what, pitfall] as const))(
    '%s, %s, has a test',
    (_number, _what, { tests }) => {
      const missing = tests.filter(([file, title]) => {
        const code = readFileSync(fromPackageRoot(file), 'utf8');
        return !code.includes(`'${title}`) || /\b(it|test|describe)\.(skip|todo)\b/.test(code);
      });
      expect(missing).toEqual([]);
      expect(tests.length).toBeGreaterThan(0);
    },
  );
});
