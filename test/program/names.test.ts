import { describe, expect, it } from '@jest/globals';
import { keyMeant, keyNamed } from '../../src/program/names.ts';
import { findings, good } from './good-program.ts';

const items = [
  { key: 'revenue12m', label: 'Sourced revenue' },
  { key: 'people', label: 'Security' },
  { key: 'cases', label: 'Security' },
  { key: 'security', label: 'Something else' },
  { key: 'old' },
];

describe('a word for something that has a key and a label', () => {
  it.each([
    ['revenue12m', 'revenue12m'],
    ['sourced  Revenue', 'revenue12m'],
    ['REVENUE12M', 'revenue12m'],
    // A key goes before the labels of others.
    ['Security', 'security'],
    ['old', 'old'],
    ['revenue', undefined],
  ])('%s means %s', (word, key) => {
    expect(keyNamed(items, word)).toBe(key);
  });

  it('means nothing where several have it as their label', () => {
    expect(keyNamed(items.slice(0, 3), 'Security')).toBeUndefined();
    expect(keyMeant('Security', items.slice(0, 3))).toBe(
      '; that is the label of several, write one of people, cases',
    );
  });

  it('is suggested as the key that is meant', () => {
    expect(keyMeant('Sourced revenue', items)).toBe('; that is its label, write revenue12m');
    expect(keyMeant('peopel', items)).toBe('; did you mean "people"?');
    expect(keyMeant('something', items.slice(0, 2))).toBe('');
  });
});

const more = `tracks:
  - { key: large, label: Large partners, when: { kpi: revenue, atLeast: 9000 } }
  - { key: small, label: Small ones }
regions:
  list: [{ key: nordics, label: Nordic countries, countries: [SE] }, { key: rest, label: Elsewhere, countries: otherwise }]
specialisations:
  - { key: cloud, label: Cloud, requirements: { kpi: revenue, atLeast: 2000 } }
`;

describe('a label in a program file where a key is wanted', () => {
  const gold = '{ kpi: revenue, atLeast: 5000 }';
  const only = /is named by its key|a key is letters|is not a|is no /;
  it.each([
    [gold, '{ kpi: Win rate, atLeast: 5 }', 'write winRate'],
    [gold, '{ kpi: revenue, atLeast: { Large partners: 5, small: 3 } }', 'write large'],
    [gold, '{ holds: { ladder: Cloud } }', 'write cloud'],
    [gold, '{ specialisations: { of: [Cloud] } }', 'write cloud'],
    [gold, '{ partner: { attribute: country, inRegion: Nordic countries } }', 'write nordics'],
    ['kpis: [revenue] }', 'kpis: [Revenue] }', 'write revenue'],
    ['kpis: [revenue] }', 'kpis: [revenue], targets: { Revenue: 3 } }', 'write revenue'],
    ['    label: Main\n', '    label: Main\n    entryTier: Gold\n', 'write gold'],
    ['    label: Main\n', '    label: Main\n    movement: { floor: Gold }\n', 'write gold'],
  ])('%s -> %s', (from, to, meant) => {
    const found = findings(`${good.replace(from, to)}${more}`).filter((line) => only.test(line));
    expect(found).toEqual([expect.stringContaining(`; that is its label, ${meant}`)]);
  });

  it('is told of partner types, whose keys may be any text', () => {
    const text = good
      .replace('{ key: reseller, label: Reseller }', '{ key: msp, label: Managed service provider }')
      .replace('partnerTypes: [reseller]', 'partnerTypes: [managed service provider]');
    expect(findings(text)).toEqual([
      expect.stringContaining(
        '"managed service provider" is not a partner type; that is its label, write msp',
      ),
    ]);
  });
});
