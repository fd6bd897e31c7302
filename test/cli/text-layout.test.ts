import { describe, expect, it } from '@jest/globals';
import { csvText } from '../../src/cli/csv.ts';
import { styleOf } from '../../src/cli/io.ts';
import { createScreen } from '../../src/cli/screen.ts';
import { harmless, textWidth, wrapLine } from '../../src/cli/text-layout.ts';
import { loadConfig } from '../../src/config.ts';
import { fc } from '../services/fast-check.ts';
import { recordingStream } from './harness.ts';

describe('a long line', () => {
  it('is broken between words and goes on as it began', () => {
    expect(wrapLine('  What is missing: two certified people', 24)).toBe(
      '  What is missing: two\n  certified people',
    );
    expect(wrapLine('  - Rosa Rep won a deal', 14)).toBe('  - Rosa Rep\n    won a deal');
    expect(wrapLine('  Org     Northwind Sales', 18, 10)).toBe('  Org     Northwind\n          Sales');
  });

  it('hangs by columns, not by the bytes of colours', () => {
    expect(wrapLine('  \u001b[32mok\u001b[39m   one two', 12, 7)).toBe(
      '  \u001b[32mok\u001b[39m   one\n       two',
    );
  });

  it('loses no word, whatever the width', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,20}$/), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(words, fc.integer({ min: 4, max: 60 }), (given, width) => {
        const lines = wrapLine(given.join(' '), width).split('\n');
        expect(lines.join(' ').split(' ')).toEqual(given);
        for (const line of lines) if (line.includes(' ')) expect(textWidth(line)).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe('what a value may do to a terminal', () => {
  const hostile = 'A\u001b[2J\u001b]0;owned\u0007cme\tLtd\r\u202eevil\u009b5n';

  it('is nothing: control characters are left out, colours stay', () => {
    expect(harmless(hostile)).toBe('A[2J]0;ownedcme Ltd evil5n');
    expect(harmless('\u001b[32mmet\u001b[39m')).toBe('\u001b[32mmet\u001b[39m');
  });

  it('holds for lines, tables and facts', () => {
    const stream = recordingStream({ isTTY: true });
    const style = { width: 200, color: false, accessible: false, plain: false };
    const screen = createScreen(stream, style, () => 'UTC');
    screen.line(hostile);
    screen.table([{ title: 'NAME' }], [[hostile]]);
    screen.facts([['Name', hostile]]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that none is left is what is tested
    expect(stream.text()).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    expect(stream.text().match(/owned/g)).toHaveLength(3);
  });
});

describe('text for a file', () => {
  it('keeps the ends of its lines, and a return anywhere else steers nothing', () => {
    const stream = recordingStream({ isTTY: true });
    const style = { width: 20, color: false, accessible: false, plain: false };
    const rows = [
      ['name', 'note'],
      ['Acme', 'two\r\nlines\rand \u001b[2J more than the width'],
    ];
    createScreen(stream, style, () => 'UTC').text(csvText(rows));
    expect(stream.text()).toBe('name,note\r\nAcme,"two\r\nlines and [2J more than the width"\r\n');
  });
});

describe('the width of lines', () => {
  it.each([
    [{ isTTY: true, columns: 120 }, 120],
    [{ isTTY: true }, 80],
    // A terminal that nobody has told its size.
    [{ isTTY: true, columns: 0 }, 80],
    [{ isTTY: false, columns: 120 }, Number.POSITIVE_INFINITY],
  ])('of %j is %d', (stream, width) => {
    const settings = loadConfig({ TIERLINK_PROJECT: '/nowhere' }).settings;
    expect(styleOf(recordingStream(stream), settings, { color: false, plain: false }).width).toBe(width);
  });
});
