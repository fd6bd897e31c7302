import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { programShow } from '../../src/cli/commands/program/show.ts';
import { outlineOf } from '../../src/cli/program-outline.ts';
import type { Screen } from '../../src/cli/screen.ts';
import { programJsonSchema } from '../../src/program/json-schema.ts';
import { parseProgram, readKeptProgram } from '../../src/program/load.ts';

/** A program whose KPIs and specialisations are made for each product, with what is given in place of its parts. */
function textOf({ values = both, kpis = people, specialisations = expert, tail = '' } = {}): string {
  return `name: test
title: Test
version: '1'
validFrom: 2026-01-01
timeZone: UTC
currency: { code: USD }
partnerTypes: [{ key: reseller, label: Reseller }]
forEach:
  - each: product
    values:
${values}
    kpis:
${kpis}
    specialisations:
${specialisations}
kpis:
  deals: { label: Deals, help: Deals., unit: count, measure: { count: deal } }
specialisations:
  - { key: sales, label: Sales, requirements: { kpi: deals, atLeast: 1 } }
ladders: [{ key: main, label: Main, tiers: [{ key: gold, label: Gold, requirements: { specialisations: { atLeast: 2 } } }] }]
${tail}`;
}

const both = `      - { key: aem, label: Experience Manager, code: AEM, people: 4 }
      - { key: aa, label: Analytics, code: "007", people: 2 }`;
const people = `      <key>People:
        label: "<label>: people"
        help: People of <label>.
        unit: people
        measure: { distinct: certification.person, where: { attribute: code, is: <code> } }`;
const expert =
  '      - { key: <key>, label: <label>, requirements: { kpi: <key>People, atLeast: <people> } }';

const findings = (text: string) =>
  parseProgram(text, 'test.yaml').findings.map(
    ({ line, column, path, reason }) => `${line}:${column} ${path}: ${reason}`,
  );

function programOf(text: string) {
  const result = parseProgram(text, 'test.yaml');
  if (!result.ok) throw new Error(JSON.stringify(result.findings));
  return result.program;
}

/** What is made, without what says that it was. */
const plain = (value: unknown) =>
  JSON.parse(
    JSON.stringify(value, (key, one) =>
      ['madeFor', 'forEach', 'source', 'hash'].includes(key) ? undefined : one,
    ),
  );

describe('templates', () => {
  it('make what would be written out', () => {
    const written = textOf()
      .replace(/forEach:[\s\S]*?\nkpis:\n/, 'kpis:\n')
      .replace(
        '\nspecialisations:',
        `
  aemPeople: { label: "Experience Manager: people", help: People of Experience Manager., unit: people, measure: { distinct: certification.person, where: { attribute: code, is: AEM } } }
  aaPeople: { label: "Analytics: people", help: People of Analytics., unit: people, measure: { distinct: certification.person, where: { attribute: code, is: "007" } } }
specialisations:`,
      )
      .replace(
        '\nladders:',
        `
  - { key: aem, label: Experience Manager, requirements: { kpi: aemPeople, atLeast: 4 } }
  - { key: aa, label: Analytics, requirements: { kpi: aaPeople, atLeast: 2 } }
ladders:`,
      );
    expect(written).not.toContain('forEach');
    expect(plain(programOf(textOf()))).toEqual(plain(programOf(written)));
    expect(plain(readKeptProgram(textOf(), 'test.yaml'))).toEqual(plain(programOf(written)));
  });

  it('are shown once, with the others by name', () => {
    const { kpis, ladders } = outlineOf(programOf(textOf()));
    expect(kpis.map(({ kpi, madeFor }) => [kpi, madeFor?.value, madeFor?.part])).toEqual([
      ['deals', undefined, undefined],
      ['aemPeople', 'Experience Manager', '0.<key>People'],
      ['aaPeople', 'Analytics', '0.<key>People'],
    ]);
    expect(ladders.map(({ ladder, madeFor }) => [ladder, madeFor?.each])).toEqual([
      ['main', undefined],
      ['sales', undefined],
      ['aem', 'product'],
      ['aa', 'product'],
    ]);
    const lines: string[] = [];
    const screen = {
      tone: (_tone: string, words: string) => words,
      line: (words = '') => lines.push(words),
    };
    programShow.show(outlineOf(programOf(textOf())), screen as unknown as Screen);
    expect(lines.filter((line) => line.includes('Alike'))).toEqual([
      '  - Alike, with its own words, for each other product: Analytics (Analytics: people >= 2).',
      '  - Alike, with its own words, for each other product: Analytics: people.',
    ]);
    expect(lines.join('\n')).not.toContain('007');
  });

  it.each<[string, Parameters<typeof textOf>[0], string[]]>([
    [
      'a mistake in a part at its line, once for all values',
      { specialisations: expert.replace('People,', 'Peple,') },
      [
        '20:55 forEach.0.specialisations.0.requirements.kpi: "aemPeple" is not a KPI of this program; did you mean "aemPeople"? (for Experience Manager and 1 more)',
      ],
    ],
    [
      'a mistake of one value with that value',
      { values: both.replace('people: 2', 'people: many') },
      [
        '20:73 forEach.0.specialisations.0.requirements.atLeast: a threshold is a number such as 30 or 4.5, also of percent, or an amount such as "250000 EUR"; here is many (for Analytics)',
      ],
    ],
    [
      'a word that no value has',
      { specialisations: expert.replace('<people>', '<peple>') },
      [
        '20:73 forEach.0.specialisations.0.requirements.atLeast: <peple> is no word of the values, which have key, label, code, people; did you mean "people"?',
      ],
    ],
    [
      'a value without a word',
      { values: both.replace(', people: 2', '') },
      ['12:9 forEach.0.values.1: Analytics has no "people", which the parts name as <people>; add it'],
    ],
    [
      'a name that is the same for each value',
      { kpis: people.replace('<key>People:', 'people:') },
      [
        '14:7 forEach.0.kpis.people: would be one KPI for each product under the same name; put <key> into it, such as <key>People',
      ],
    ],
    [
      'a name that is there already',
      { kpis: people.replace('<key>People:', '<key>:'), values: both.replace('key: aa,', 'key: deals,') },
      ['14:7 forEach.0.kpis.<key>: "deals" is there already; give the KPI or the value another name'],
    ],
    [
      'an unknown key of a part at its place',
      { kpis: people.replace('unit: people', 'unitt: people') },
      [
        '14:7 forEach.0.kpis.<key>People.unit: has to be one of money, count, people, percent, ratio, days, hours, number, points (for Experience Manager and 1 more)',
        '17:9 forEach.0.kpis.<key>People.unitt: "unitt" is not a known key; did you mean "unit"? (for Experience Manager and 1 more)',
      ],
    ],
    [
      'a word that no part names',
      {
        values: both.replace('people: 4', 'people: 4, leest: 2').replace('people: 2', 'people: 2, peeple: 3'),
      },
      [
        '11:70 forEach.0.values.0.leest: no part names "leest"; leave it out, or name it as <leest>',
        '12:62 forEach.0.values.1.peeple: no part names "peeple"; did you mean "people"?',
      ],
    ],
    [
      'an unknown key of a template',
      { values: both.replace('{ key: aem,', '{ ky: aem,') },
      ['11:9 forEach.0.values.0.key: is missing'],
    ],
  ])('tell %s', (_what, parts, expected) => {
    expect(findings(textOf(parts))).toEqual(expected);
  });

  it.each([
    ['KPIs that are a list', (text: string) => text.replace(/\nkpis:\n.*/, '\nkpis: []'), 'kpis: has to be'],
    ['KPIs that are blank', (text: string) => text.replace(/\nkpis:\n.*/, '\nkpis:'), 'kpis: has to be'],
    [
      'specialisations that are no list',
      (text: string) => text.replace(/\nspecialisations:\n.*/, '\nspecialisations: { sales: {} }'),
      'specialisations: has to be',
    ],
  ])('leave %s beside them for the schema to refuse', (_what, spoilt, reason) => {
    const found = findings(spoilt(textOf()));
    expect(found).toEqual([expect.stringContaining(reason)]);
  });

  it('are refused where they make nothing', () => {
    const text = textOf().replace(/ {4}kpis:[\s\S]*?\nkpis:/, 'kpis:');
    expect(findings(text)).toContain('9:5 forEach.0: makes nothing; write kpis or specialisations into it');
  });

  it('leave what stands in doubled brackets as text', () => {
    const kpis = people.replace('help: People of <label>.', 'help: <<label>> and <<x>> of <label>.');
    const whole = kpis.replace('is: <code>', 'in: [<code>, <<code>>]');
    const { aemPeople } = programOf(textOf({ kpis: whole })).kpis;
    expect(aemPeople).toMatchObject({
      help: '<label> and <x> of Experience Manager.',
      measure: { where: { in: ['AEM', '<code>'] } },
    });
  });

  it('may make all KPIs, to editors as well', () => {
    const alone = textOf()
      .replace(/\nkpis:\n.*/, '')
      .replace(/\nspecialisations:\n.*/, '');
    const { required, if: made, else: otherwise } = programJsonSchema();
    const validate = new Ajv2020({ strict: false }).compile({ required, if: made, else: otherwise });
    const isSound = (text: string) => ({
      here: parseProgram(text, 'test.yaml').ok,
      editor: validate(parse(text)),
    });
    expect(isSound(alone)).toEqual({ here: true, editor: true });
    const neither = alone.replace(/forEach:[\s\S]*?\nladders:/, 'ladders:').replace(/^ladders:.*/m, '');
    expect(isSound(neither)).toEqual({ here: false, editor: false });
    expect(isSound(`${neither}\nforEach: []`)).toEqual({ here: false, editor: false });
  });

  it('leave nothing to be said to be missing where they are not sound', () => {
    const alone = textOf({ values: both.replace('{ key: aem,', '{ ky: aem,') }).replace(/\nkpis:\n.*/, '');
    expect(findings(alone)).toEqual(['11:9 forEach.0.values.0.key: is missing']);
  });
});
