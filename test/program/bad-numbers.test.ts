import { describe, expect, it } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { parseProgram } from '../../src/program/load.ts';
import { findings, good } from './good-program.ts';

function changed(from: string, to: string): string {
  expect(good).toContain(from);
  return good.replace(from, to);
}

describe('numbers of a program file', () => {
  it.each([
    ['1 000', '1000'],
    ["'1,000'", '1000'],
    ["'1,000.50'", '1000.50'],
    ['1.000.000', '1000000'],
    ["'1''000'", '1000'],
    ["'1,5'", '1.5'],
    ['EUR 1000', '1000 EUR'],
    ['1_000EUR', '1000 EUR'],
    ["'1e3'", '1000'],
    ["'+5'", '5'],
    ["'.5'", '0.5'],
  ])('%s are quoted, with what was meant: %s', (written, meant) => {
    const [only, ...others] = findings(changed('atLeast: 5000 }', `atLeast: ${written} }`));
    expect(only).toMatch(/^38:29 ladders\.0\.tiers\.1\.requirements\.0\.atLeast: a threshold is a number /);
    const quoted = written.replace(/^'(.*)'$/, '$1').replace("''", "'");
    expect(only).toMatch(
      new RegExp(`; here is ${quoted.replaceAll(/[.+]/g, '\\$&')}; did you mean ${meant}\\?$`),
    );
    expect(others).toEqual([]);
  });

  it.each(['5k', '90 % of them', '1.000,5.0', 'a lot'])(
    '%s stand for no number, and for none it is taken',
    (written) => {
      const [only] = findings(changed('atLeast: 5000 }', `atLeast: '${written}' }`));
      expect(only).toContain(`; here is ${written}`);
      expect(only).not.toContain('did you mean');
    },
  );

  it('of percent with its sign are told as they are written here', () => {
    expect(findings(changed('atLeast: 30 }', 'atLeast: 90 % }'))).toEqual([
      expect.stringMatching(/^39:29 .*; here is 90 %; did you mean 90\?$/),
    ]);
  });

  it.each([
    ['1,000', '1000'],
    ['2,500,000', '2500000'],
    ['1,000.50', '1000.50'],
    ['250,000 EUR', '250000 EUR'],
  ])('%s inside { } are told whole, and checked as what was meant: %s', (written, meant) => {
    expect(findings(changed('atLeast: 5000 }', `atLeast: ${written} }`))).toEqual([
      `38:29 ladders.0.tiers.1.requirements.0.atLeast: inside { } a comma ends a value, and ${written} is cut there; did you mean ${meant}?`,
    ]);
  });

  it.each([
    ['12345678901234567890', '12345678901234567890'],
    ['1e21', '1000000000000000000000'],
    ['0.12345678901234567890', '0.1234567890123456789'],
    ['1e-7', '0.0000001'],
  ])('%s would be rounded and have to stand in quotes', (written, meant) => {
    expect(findings(changed('atLeast: 5000 }', `atLeast: ${written} }`))).toContain(
      `38:38 ladders.0.tiers.1.requirements.0.atLeast: ${written} cannot be kept exactly as a number; write it in quotes: '${meant}'`,
    );
  });

  it.each(['1e4', '5000.10', '5_000'.replace('_', '')])('%s are taken as they are', (written) => {
    expect(findings(changed('atLeast: 5000 }', `atLeast: ${written} }`))).toEqual([]);
  });

  it('with a point between thousands are warned of', () => {
    const result = parseProgram(changed('atLeast: 5000 }', 'atLeast: 5.000 }'), 'test.yaml');
    expect(result.findings.filter(({ severity }) => severity === 'warning')).toMatchObject([
      { line: 38, column: 38, reason: '5.000 is read as 5; for a thousand times as much write 5000' },
    ]);
  });

  const listed = (numbers: string) => {
    const where = `window: { last: 12 months, by: closeOn }`;
    const also = `where: { all: [{ attribute: isWon, is: true }, { attribute: amount, in: ${numbers} }] }`;
    const text = changed(where, where).replace('where: { attribute: isWon, is: true }\n', `${also}\n`);
    return parseProgram(text, 'test.yaml').findings;
  };
  it.each([
    ['[1,000]', '1,000', '1000', '0'],
    ['[5, 2,500,000, 7]', '2,500,000', '2500000', '1'],
    ['[1,000.50]', '1,000.50', '1000.50', '0'],
  ])('%s are warned of inside [ ], where they may be several', (numbers, written, meant, index) => {
    expect(listed(numbers)).toMatchObject([
      {
        severity: 'warning',
        line: 18,
        path: `kpis.revenue.measure.where.all.1.in.${index}`,
        reason: `inside [ ] a comma ends a value, and ${written} is cut there; for one number write ${meant}, for several a blank behind each comma`,
      },
    ]);
  });

  it.each(['[1, 200]', '[1,20]', '[1000,200]', '[1 ,200]'])('%s are several inside [ ]', (numbers) => {
    expect(listed(numbers)).toEqual([]);
  });

  it('below 1 percent are warned of, with the share that was meant', () => {
    const result = parseProgram(changed('atLeast: 30 }', 'atLeast: 0.8 }'), 'test.yaml');
    expect(result.ok).toBe(true);
    expect(result.findings).toMatchObject([
      {
        severity: 'warning',
        line: 39,
        column: 29,
        reason: 'winRate is in percent, and 0.8 is less than 1 percent; did you mean 80?',
      },
    ]);
  });

  it.each(["'0'", "'0.00'", "'0/3'", "'-1.1'"])('are no rate that is not more than 0: %s', (rate) => {
    expect(findings(changed("EUR: '1.10'", `EUR: ${rate}`))).toEqual([
      `6:33 currency.rates.EUR: a rate is more than 0; here is ${rate.slice(1, -1)}`,
    ]);
  });

  it.each(['0', '-1.1'])('are no rate that is not more than 0, without quotes: %s', (rate) => {
    expect(findings(changed("EUR: '1.10'", `EUR: ${rate}`))).toEqual([
      '6:33 currency.rates.EUR: has to be more than 0',
    ]);
  });

  const growth = (base: string) =>
    changed(
      'ladders:',
      `  more: { label: M, help: m, unit: percent, growth: { now: { count: deal }, before: { count: deal }, minimumBase: ${base} } }
ladders:`,
    );
  it.each([
    ['-1', 'has to be at least 0'],
    ["'-1'", 'a number that is not below 0 is written like 250000 or 4.5; here is -1'],
  ])('are no base to grow from below 0: %s', (base, reason) => {
    expect(findings(growth('0'))).toEqual([]);
    expect(findings(growth(base))).toEqual([`27:102 kpis.more.growth.minimumBase: ${reason}`]);
  });

  it('are no sample below 1, and none in quotes', () => {
    const sample = (text: string) =>
      findings(changed('unit: percent', `unit: percent\n    minimumSample: ${text}`));
    expect(sample('-5')).toEqual(['24:5 kpis.winRate.minimumSample: has to be more than 0']);
    expect(sample("'5'")).toEqual([
      '24:5 kpis.winRate.minimumSample: has to be a number; here is the text "5"; did you mean 5, without quotes?',
    ]);
  });
});

describe('the version of a program file', () => {
  it('is not another one than was written', () => {
    expect(findings(changed("version: '1'", 'version: 1.10'))).toEqual([
      "3:1 version: 1.10 is read as 1.1; write it in quotes: '1.10'",
    ]);
    expect(findings(changed("version: '1'", 'version: 2026'))).toEqual([]);
  });

  it.each([
    ['[1]', 'a list'],
    ['{ a: 1 }', 'a block of keys'],
    ['true', 'true'],
    ['', 'nothing'],
  ])('is a text or a number, and not %s', (written, kind) => {
    expect(findings(changed("version: '1'", `version: ${written}`))).toEqual([
      `3:1 version: has to be a text, or a number; here is ${kind}`,
    ]);
  });
});

describe('a value of the wrong shape', () => {
  const places = (node: unknown): [Record<string, unknown>, string][] =>
    typeof node !== 'object' || node === null
      ? []
      : Object.keys(node).flatMap((key) => [
          [node as Record<string, unknown>, key] as [Record<string, unknown>, string],
          ...places((node as Record<string, unknown>)[key]),
        ]);
  const count = places(parse(good)).length;

  it.each([[[1]], [{ a: 1 }], [true], ['x y']])('is told in plain words wherever it stands: %j', (value) => {
    for (let index = 0; index < count; index += 1) {
      const file = parse(good) as unknown;
      const [holder, key] = places(file)[index]!;
      holder[key] = value;
      for (const one of findings(stringify(file)))
        expect(one).not.toMatch(
          /expected|received|invalid|undefined|NaN|\[object|regex|\bstring\b|\barray\b|\brecord\b/i,
        );
    }
  });
});

describe('a key that is there twice', () => {
  it('is told with both places, and the rest is checked as well', () => {
    const text = changed('  winRate:', '  revenue: { label: Again }\n  winRate:').replace(
      'kpis: [revenue]',
      'kpis: [revenu]',
    );
    expect(findings(text)).toEqual([
      '20:3 kpis.revenue: "revenue" is there already, at line 12, column 3; remove one of the two or rename it',
      '10:44 successFactors.0.kpis.0: "revenu" is not a KPI of this program; did you mean "revenue"?',
    ]);
  });

  it('is told for each time, also inside { } and beside what the schema refuses', () => {
    const text = changed(
      '{ kpi: revenue, atLeast: 5000 }',
      '{ kpi: revenue, atLeast: 5000, atLeast: 1, atLeast: 2 }',
    ).replace('title: Test', 'titel: Test');
    expect(findings(text)).toEqual([
      expect.stringContaining('title: is missing'),
      expect.stringContaining('"titel" is not a known key'),
      '38:44 ladders.0.tiers.1.requirements.0.atLeast: "atLeast" is there already, at line 38, column 29; remove one of the two or rename it',
      '38:56 ladders.0.tiers.1.requirements.0.atLeast: "atLeast" is there already, at line 38, column 29; remove one of the two or rename it',
    ]);
  });
});
