import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { readYaml } from '../../src/program/yaml/text.ts';
import { parseYaml } from '../../src/project-yaml.ts';
import { findings, good } from './good-program.ts';

/** What is said of a text that is no YAML: "line:column reason". */
function mistake(text: string): string {
  const read = readYaml(text);
  if (read.ok) throw new Error('it is YAML');
  const { line, column, reason } = read.mistake;
  return `${line}:${column} ${reason}`;
}

describe('what is no YAML', () => {
  const inQuotes = 'such a text stands in quotes';
  const colon = `a colon and a blank in a text make a key of what is before them; ${inQuotes}`;
  const goesOn = `the text goes on behind what ends it here; ${inQuotes}`;
  it.each([
    [
      'a colon in a text',
      'a:\n  help: Deals: all of them\n',
      `2:9 ${colon}; write: help: "Deals: all of them"`,
    ],
    ['a colon in a text with quotes', 'help: Deals: "all"\n', `1:7 ${colon}; write: help: 'Deals: "all"'`],
    [
      'a colon in a text of an entry, with a comment',
      '- label: Deals: all # of them\n',
      `1:10 ${colon}; write: - label: "Deals: all" # of them`,
    ],
    [
      'a colon inside { }',
      'a: { label: Rate: of all, unit: percent }\n',
      `1:13 ${colon}; write: a: { label: "Rate: of all", unit: percent }`,
    ],
    ['a text behind quotes', 'help: "Gold" only\n', `1:7 ${goesOn}; write: help: '"Gold" only'`],
    [
      'an apostrophe inside of apostrophes',
      "help: 'the partner's share'\n",
      `1:7 ${goesOn}; write: help: "the partner's share"`,
    ],
    [
      'a text that begins like a block',
      'help: {all} of them\n',
      `1:7 ${goesOn}; write: help: "{all} of them"`,
    ],
    [
      'a text that begins with a sign',
      'help: @all\n',
      `1:7 a text cannot begin with @; ${inQuotes}; write: help: "@all"`,
    ],
    [
      'several conditions in one place',
      'where: { attribute: a, is: 1 }, { attribute: b, is: 2 }\n',
      '1:8 several { } behind one key are a list, which stands in [ ]; write: where: [{ attribute: a, is: 1 }, { attribute: b, is: 2 }]',
    ],
    [
      'a bracket that is not closed',
      'a:\n  - { b: [1, 2\n  - { b: [3] }\n',
      '2:10 what begins with [ here is not ended with ]; write: - { b: [1, 2] }',
    ],
    [
      'a quote that is not closed',
      'a: "Gold\nb: c\n',
      '1:4 what begins with " here is not ended with "; write: a: "Gold"',
    ],
    [
      'a tab',
      'a:\n\tb: c\n\td: e\n',
      '2:1 the line begins with a tab, and YAML takes blanks only; write: "  b: c"',
    ],
    [
      'a line too far right',
      'a:\n  b: c\n\n   d: e\n',
      '4:4 the line begins further right than line 2, which has its value already: 3 blanks stand before it, where 2 blanks are meant; write: "  d: e"',
    ],
    [
      'a line between others',
      'a:\n    b: c\n   d: e\n',
      '3:4 the line begins where no line that it could belong to does: 3 blanks stand before it, where 4 blanks are meant; write: "    d: e"',
    ],
    [
      'a key beside the entry that it belongs to',
      'a:\n  - key: b\n   label: c\n',
      '3:4 the line begins where no line that it could belong to does: 3 blanks stand before it, where 4 blanks are meant; write: "    label: c"',
    ],
    [
      'an entry without its dash',
      'a:\n  - { b: c }\n  d: e\n',
      '3:3 an entry of the list is meant, and begins with "- "; write: - d: e',
    ],
    [
      'a colon without a blank',
      'a: b\nc:d\ne: f\n',
      '2:1 "c:d" is no key with a value: a blank is missing behind the colon; write: c: d',
    ],
    ['a line without a colon', 'a: b\nc\ne: f\n', '2:1 "c" is no key with a value, as in "key: value"'],
    [
      'what nobody foresaw, in the words of the parser',
      'a: &x &y z\n',
      '1:7 A node can have at most one anchor',
    ],
  ])('%s', (_name, text, said) => {
    expect(mistake(text)).toBe(said);
  });

  it('shows no line that would not mend it', () => {
    expect(mistake('a: [1,\n  2\nb: "x" y\n')).toBe('1:4 what begins with [ here is not ended with ]');
  });
});

describe('what is YAML and nobody means', () => {
  it('tells two conditions in one place as a list of them, and checks the first', () => {
    const two = '{ attribute: isWon, is: true, attribute: amount, atLeast: 5 }';
    expect(findings(good.replace('{ attribute: isWon, is: true }', two))).toEqual([
      '18:44 kpis.revenue.measure.where.attribute: a condition is about one attribute, and several are a list; write: [{ attribute: isWon, is: true }, { attribute: amount, atLeast: 5 }]',
    ]);
    const requirements = '[{ kpi: revenue, atLeast: 1000, kpi: winRate, atLeast: 5 }]';
    expect(findings(good.replace('[{ kpi: revenue, atLeast: 1000 }]', requirements)).join('\n')).toContain(
      'a requirement is about one kpi, and several are a list; write: [{ kpi: revenue, atLeast: 1000 }, { kpi: winRate, atLeast: 5 }]',
    );
  });

  it('tells a blank that is missing inside { }, and behind a dash', () => {
    expect(
      findings(good.replace('{ key: reseller, label: Reseller }', '{ key: reseller, label:Reseller }')),
    ).toContain(
      '8:22 partnerTypes.0.label:Reseller: a blank is missing behind the colon; write label: Reseller',
    );
    expect(findings(good.replace('    unit: money', '    -unit: money'))).toContain(
      '15:5 kpis.revenue.-unit: "-unit" is not a known key; an entry of a list has a blank behind its dash: - unit',
    );
  });
});

it('tells a comma that ends a text between braces', () => {
  expect(
    findings(
      good.replace('{ key: reseller, label: Reseller }', '{ key: reseller, label: Resellers, and so on }'),
    ),
  ).toContain(
    '8:40 partnerTypes.0.and so on: "and so on" is not a known key; where it is the end of a text, put the whole text in quotes: between braces a comma ends it',
  );
});

/** Nine levels, each of nine times the one before: a billion values in a few lines. */
const bomb = Array.from({ length: 9 }, (_unused, level) =>
  level === 0
    ? 'a0: &a0 [x]'
    : `a${level}: &a${level} [${Array(9)
        .fill(`*a${level - 1}`)
        .join(', ')}]`,
).join('\n');

describe('the file of a project', () => {
  const schema = z.record(z.string(), z.unknown());

  it('tells what is no YAML, a key that is there twice, and repetitions without end', () => {
    expect(parseYaml('program: a: b\n', schema)).toEqual({
      ok: false,
      issues: [
        expect.objectContaining({
          line: 1,
          column: 10,
          reason: expect.stringContaining('write: program: "a: b"'),
        }),
      ],
    });
    expect(parseYaml('a: 1\nb: 2\na: 3\n', schema)).toEqual({
      ok: false,
      issues: [
        {
          line: 3,
          column: 1,
          path: 'a',
          reason: '"a" is there already, at line 1, column 1; remove one of the two or rename it',
        },
      ],
    });
    expect(parseYaml(bomb, schema)).toEqual({
      ok: false,
      issues: [
        {
          line: 2,
          column: 10,
          path: '',
          reason: 'what is repeated with * and & comes to more than can be followed',
        },
      ],
    });
  });

  it('follows repetitions', () => {
    expect(parseYaml('a: &x [1]\nb: *x\n', schema)).toEqual({ ok: true, value: { a: [1], b: [1] } });
  });
});
