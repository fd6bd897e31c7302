import { describe, expect, it } from '@jest/globals';
import { parseProgram } from '../../src/program/load.ts';

/** A program with regions that is right; each case breaks one line of it. */
const good = `name: test
title: Test
version: '1'
validFrom: 2026-01-01
timeZone: UTC
currency: { code: USD }
partnerTypes: [{ key: reseller, label: Reseller }]
tracks:
  - { key: enterprise, label: Enterprise, when: { kpi: people, atLeast: 5 } }
  - { key: smb, label: SMB }
regions:
  by: country
  list:
    - { key: nordics, label: Nordics, countries: [Sweden, SE, Norway] }
    - { key: latam, label: Latin America, countries: [Brazil, BR] }
    - { key: india, label: India, countries: [India] }
    - { key: growth, label: Growth markets, regions: [latam, india] }
kpis:
  people: { label: People, help: P., unit: people, measure: { distinct: certification.person } }
  skills:
    label: Skills
    help: S.
    unit: points
    score: { linear: { of: people, full: { nordics: 20, growth: 5 }, points: 20 } }
ladders:
  - key: main
    label: Main
    tiers:
      - { key: silver, label: Silver, requirements: [{ kpi: people, atLeast: 1 }] }
      - { key: gold, label: Gold, requirements: [{ kpi: people, atLeast: { nordics: 4, growth: 2 } }] }
`;

function findings(text: string): string[] {
  return parseProgram(text, 'test.yaml').findings.map(
    ({ line, column, path, reason }) => `${line}:${column} ${path}: ${reason}`,
  );
}

describe('program check of regions', () => {
  it('has nothing against a sound file', () => {
    expect(findings(good)).toEqual([]);
  });

  it.each([
    [
      'SE, Norway]',
      'se , " Norway", Norway]',
      ['14:75 regions.list.0.countries.3: "Norway" is there twice; case and blanks make no difference'],
    ],
    [
      '[Brazil, BR]',
      '[Brazil, norway]',
      ['15:63 regions.list.1.countries.1: "norway" is in nordics already'],
    ],
    ['countries: [India]', 'countries: otherwise', []],
    ['countries: [Brazil, BR]', 'countries: otherwise', []],
    [
      'regions: [latam, india]',
      'regions: [latam, indai]',
      [
        '17:62 regions.list.3.regions.1: "indai" is not a region; did you mean "india"?',
        '24:36 kpis.skills.score.linear.full: says nothing for region india',
        '30:65 ladders.0.tiers.1.requirements.0.atLeast: says nothing for region india',
      ],
    ],
    [
      'regions: [latam, india]',
      'regions: [latam, growth, india]',
      ['17:62 regions.list.3.regions.1: "growth" is a group itself; name its regions'],
    ],
    [
      'countries: [India]',
      'countries: [India], regions: [latam]',
      ['16:7 regions.list.2: a region has countries; a group has regions instead'],
    ],
    [
      'key: india,',
      'key: smb,',
      expect.arrayContaining([
        '16:9 regions.list.2.key: "smb" is a track as well; numbers could not tell them apart',
      ]),
    ],
    [
      'by: country',
      'by: types',
      [
        '12:3 regions.by: "types" is list and names no country; a partner has name, number, vat, status, country, region, industry, website, phone, owner, crmTier',
      ],
    ],
    [
      'by: country',
      'by: parent.country',
      ['12:3 regions.by: "parent.country" is not the partner\'s own attribute'],
    ],
    [
      'by: country',
      'by: contry',
      ['12:3 regions.by: "contry" is not an attribute of partner; did you mean "country"?'],
    ],
    [
      'nordics: 4, growth: 2',
      'nordics: 4',
      ['30:65 ladders.0.tiers.1.requirements.0.atLeast: says nothing for region latam, india'],
    ],
    [
      'nordics: 4, growth: 2',
      'nordic: 4, growth: 2',
      [
        '30:76 ladders.0.tiers.1.requirements.0.atLeast.nordic: "nordic" is not a region; did you mean "nordics"?',
        '30:65 ladders.0.tiers.1.requirements.0.atLeast: says nothing for region nordics',
      ],
    ],
    [
      'nordics: 4, growth: 2',
      'nordics: 4, smb: 2',
      [
        '30:76 ladders.0.tiers.1.requirements.0.atLeast.nordics: "nordics" is a region, and other numbers here are by track; use one of both',
        '30:65 ladders.0.tiers.1.requirements.0.atLeast: says nothing for track enterprise',
      ],
    ],
    [
      'nordics: 4, growth: 2',
      'nordics: 4, growth: 2, latam: 3, india: 3',
      [
        '30:88 ladders.0.tiers.1.requirements.0.atLeast.growth: no region takes the number of growth: each of its regions has its own',
      ],
    ],
    [
      'nordics: 4, growth: 2',
      'nordics: 1, growth: 1',
      [
        '29:9 ladders.0.tiers.0: tier Silver is unreachable: whoever meets its requirements meets those of Gold',
      ],
    ],
    [
      'nordics: 20, growth: 5',
      'nordics: 20, growth: 0',
      ['24:57 kpis.skills.score.linear.full.growth: must be more than 0'],
    ],
  ])('%s instead of %s', (right, wrong, expected) => {
    expect(findings(good.replace(right, wrong))).toEqual(expected);
  });

  it.each([
    [
      'unit: people,',
      'unit: people, perRegion: true,',
      ['nothing says in which region a certification is; name an attribute of it in regions.records'],
    ],
    [
      '  by: country',
      '  records: { certification: person.leftOn }',
      ['"person.leftOn" is date and names no country'],
    ],
    [
      '  by: country',
      '  records: { certificate: country }',
      [expect.stringContaining('"certificate" is not something that can be measured')],
    ],
    [
      '{ kpi: people, atLeast: 1 }',
      '{ kpi: people.nordics, atLeast: 1 }',
      ['people has no figures by region; it needs "perRegion: true"'],
    ],
    [
      'linear: { of: people, full: { nordics: 20, growth: 5 }, points: 20 }',
      'overRegions: { of: people, take: best }',
      [
        'people is people, and this figure is points',
        'people is the same in every region; measure it or its parts with "perRegion: true"',
      ],
    ],
    [
      'measure: { distinct: certification.person }',
      'measure: { distinct: certification.person, where: { attribute: code, inRegion: nordic } }',
      ['"nordic" is not a region; did you mean "nordics"?'],
    ],
    [
      'measure: { distinct: certification.person }',
      'measure: { distinct: certification.person, where: { attribute: issuedOn, inRegion: nordics } }',
      ['issuedOn is date and names no country'],
    ],
    [
      'kpis:',
      'certificates: { codes: { A: { regions: [nordics] } } }\nkpis:',
      ['nothing says in which region a certification is; name an attribute of it in regions.records'],
    ],
    [
      'kpis:',
      'certificates: { codes: { A: { regions: [nordic] } } }\nkpis:',
      ['nothing says in which region a certification is; name an attribute of it in regions.records'],
    ],
  ])('%s instead of %s says what is missing', (right, wrong, expected) => {
    const found = parseProgram(good.replace(right, wrong), 'test.yaml').findings.map(({ reason }) => reason);
    expect(found.sort()).toEqual(expected.sort());
  });

  it.each([
    ['take: best, among: [nordic]', '"nordic" is not a region; did you mean "nordics"?'],
    ['take: count', 'to count regions takes one of atLeast, moreThan, atMost, lessThan'],
    ['take: count, atLeast: 2', 'this figure is count or number, not people'],
    ['take: concentration', 'this figure is percent or ratio, not people'],
    ['take: best, atLeast: 2', 'only regions that are counted reach a bound: take: count'],
    ['take: best, of: people.nordics', expect.stringContaining('a key is letters and digits')],
    ['take: sum, of: nothing', expect.stringContaining('"nothing" is not a KPI of this program')],
  ])('a score over regions with %s is refused', (form, reason) => {
    const of = form.includes('of:') ? '' : 'of: people, ';
    const text = good
      .replace('  by: country', '  records: { certification: person.partner.country }')
      .replace('unit: people,', 'unit: people, perRegion: true,')
      .replace(
        '  skills:',
        `  k: { label: K, help: K., unit: people, score: { overRegions: { ${of}${form} } } }\n  skills:`,
      );
    const found = parseProgram(text, 'test.yaml').findings.map((one) => one.reason);
    expect(found).toEqual(expect.arrayContaining([reason]));
  });

  it('asks for a number of its own where two groups of a region have one', () => {
    const text = good
      .replace(
        'regions: [latam, india] }',
        'regions: [latam, india] }\n    - { key: brics, label: BRICS, regions: [india] }',
      )
      .replace('nordics: 4, growth: 2', 'nordics: 4, growth: 2, brics: 3');
    expect(findings(text)).toEqual([
      '31:65 ladders.0.tiers.1.requirements.0.atLeast: says 2 things for region india: growth and brics; give it a number of its own',
    ]);
  });

  it('says so where there are neither tracks nor regions', () => {
    const text = good
      .replace(/^tracks:[\s\S]*?^kpis:/m, 'kpis:')
      .replace('full: { nordics: 20, growth: 5 }', 'full: 20');
    expect(findings(text)).toEqual([
      '20:65 ladders.0.tiers.1.requirements.0.atLeast: one number for each track or region, but the program has neither',
    ]);
  });
});
