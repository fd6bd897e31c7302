import { describe, expect, it } from '@jest/globals';
import { parseProgram } from '../../src/program/load.ts';
import { good } from './good-program.ts';

/** A sound program with a catalogue and an attribute of its own, and one more KPI. */
function withKpi(kpi: string, unlisted = 'count'): string {
  return good.replace(
    'kpis:\n  revenue:',
    `attributes: { deal.extra.seats: number, person.extra.level: text }
certificates: { unlisted: ${unlisted}, codes: { AZ-104: {}, AZ-204: {} } }
kpis:
  more: { label: More, help: m, unit: count, measure: ${kpi} }
  revenue:`,
  );
}

function told(text: string): string[] {
  return parseProgram(text, 'test.yaml').findings.map(
    ({ severity, line, column, reason }) => `${severity} ${line}:${column} ${reason}`,
  );
}

describe('misspelt words of conditions', () => {
  it.each([
    [
      'partner types',
      '{ count: person, where: { attribute: partner.types, in: [reseller, reseler] } }',
      ['warning 14:122 "reseler" is not a partner type; did you mean "reseller"?'],
    ],
    [
      'partner types in another spelling',
      '{ count: person, where: { attribute: partner.types, in: [Reseller, "re-seller", "re seller"] } }',
      [
        'error 14:112 "Reseller" is not a partner type; did you mean "reseller"?',
        'error 14:122 "re-seller" is not a partner type; did you mean "reseller"?',
        'error 14:135 "re seller" is not a partner type; did you mean "reseller"?',
      ],
    ],
    [
      'a partner type that only the CRM may have',
      '{ count: person, where: { not: { attribute: partner.types, is: msp } } }',
      ['warning 14:114 "msp" is not a partner type'],
    ],
    [
      "attributes of one's own",
      '{ count: deal, where: { attribute: extra.seat, is: many } }',
      ['warning 14:79 "deal.extra.seat" is not under "attributes"; did you mean "deal.extra.seats"?'],
    ],
    [
      'codes of certificates',
      '{ count: certification, where: { attribute: code, in: [AZ-104, AZ104, AZ 204] } }',
      [
        'warning 14:118 "AZ104" is not a code of the catalogue; did you mean "AZ-104"?',
        'warning 14:125 "AZ 204" is not a code of the catalogue; did you mean "AZ-204"?',
      ],
    ],
    [
      'blanks that stand for no value',
      '{ count: lead, where: { all: [{ attribute: status, is: " " }, { attribute: source, notIn: [web, "\\u00a0"] }] } }',
      [
        'error 14:106 nothing but blanks is no value; write blank: true',
        'error 14:151 nothing but blanks is no value; write blank: false',
      ],
    ],
    [
      'words that are there twice',
      '{ count: lead, where: { attribute: status, in: [In work, new, "in  Work"] } }',
      ['error 14:117 "in  Work" is there twice; case and blanks make no difference'],
    ],
    [
      'numbers that are there twice',
      '{ count: deal, where: { attribute: extra.seats, notIn: [5, "5.0"] } }',
      ['error 14:114 "5.0" is there twice'],
    ],
    [
      'roles of credits',
      '{ count: deal, credit: { roles: [sourced, influencd] } }',
      ['warning 14:97 no mapping that we ship delivers "influencd"; did you mean "influenced"?'],
    ],
  ])('%s are told with what was meant', (_words, kpi, expected) => {
    expect(told(withKpi(kpi))).toEqual(expected);
  });

  it.each([
    '{ count: person, where: { attribute: partner.types, isNot: reseller } }',
    '{ count: deal, where: { attribute: extra.region, is: many } }',
    '{ count: certification, where: { attribute: code, in: [AZ-104, az-204, AZ-305] } }',
    '{ count: deal, credit: { exceptRoles: [referred, distributor] } }',
  ])('other words are left alone: %s', (kpi) => {
    expect(told(withKpi(kpi))).toEqual([]);
  });

  it('codes that the catalogue leaves out are told wherever they are not listed', () => {
    const kpi = '{ count: certification, where: { attribute: code, is: AZ-305 } }';
    expect(told(withKpi(kpi, 'leaveOut'))).toEqual([
      'warning 14:105 "AZ-305" is not a code of the catalogue; did you mean "AZ-104"?',
    ]);
  });
});
