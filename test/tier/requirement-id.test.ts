import { describe, expect, it } from '@jest/globals';
import { parseProgram } from '../../src/program/load.ts';
import { computeTier } from '../../src/tier/computed.ts';
import type { Waiver } from '../../src/tier/types.ts';
import { programOf } from '../kpi/sample.ts';

const kpis = '  people: { label: People, help: x, unit: number, measure: { sum: fact.quantity } }';
const ladders = (requirements: string) => `  - key: main
    label: Main
    tiers:
      - { key: silver, label: Silver }
      - { key: gold, label: Gold, requirements: ${requirements} }`;

/** The requirements of Gold with their states, while one of them is waived. */
function states(requirements: string, waived: string): string[] {
  const program = programOf({ kpis, ladders: ladders(requirements) });
  const waiver: Waiver = {
    id: 'w',
    tier: 'gold',
    requirement: waived,
    reason: 'r',
    author: 'kim',
    fromOn: '2026-01-01',
    untilOn: '2026-12-31',
    endedOn: null,
  };
  const ladder = program.ladders[0]!;
  const given = { program, ladder, kpis: [], partner: {}, asOf: '2026-11-23', held: null };
  const { tiers } = computeTier({ ...given, facts: { facts: [], late: new Map() }, waivers: [waiver] });
  return tiers[1]!.requirements.map(({ id, needs, state }) => `${id} (${needs}): ${state}`);
}

describe('the name of a requirement', () => {
  it('is its own, whatever another one is called', () => {
    const [one, other] = states('[{ fact: plan-2 }, { fact: plan }]', 'plan-2');
    expect([one, other]).toEqual([
      expect.stringMatching(/^plan-2 .*: waived$/),
      expect.stringMatching(/^plan .*: not_met$/),
    ]);
  });

  it('is kept by the one that has it by itself, whatever is numbered before it', () => {
    const two = '[{ kpi: people, atLeast: 5 }, { kpi: people, atLeast: 9 }]';
    expect(states(two, 'people-2')[1]).toMatch(/^people-2 .*: waived$/);
    const facts = '[{ fact: plan }, { kpi: people, atLeast: 5, id: plan }, { fact: plan-2 }]';
    expect(states(facts, 'plan-2').map((one) => one.replace(/ .*:/, ''))).toEqual([
      'plan not_met',
      expect.stringMatching(/^plan-3 /),
      'plan-2 waived',
    ]);
  });

  it('stays with what is asked when the requirements are put in another order', () => {
    const asked = [
      '{ kpi: people, atLeast: 5 }',
      '{ kpi: people, atMost: 9, id: most }',
      '{ not: { fact: plan } }',
    ];
    const first = states(`[${asked.join(', ')}]`, 'people').toSorted();
    expect(states(`[${asked.toReversed().join(', ')}]`, 'people').toSorted()).toEqual(first);
    expect(first.filter((one) => one.endsWith('waived'))).toEqual([expect.stringMatching(/^people \(5/)]);
  });
});

function findings(requirements: string): string[] {
  const text = `name: test
title: Test
version: '1'
validFrom: 2020-01-01
timeZone: UTC
currency: { code: USD }
partnerTypes: [{ key: reseller, label: Reseller }]
kpis:
${kpis}
ladders:
${ladders(requirements)}`;
  return parseProgram(text, 'test.yaml').findings.map(({ path, reason }) => `${path}: ${reason}`);
}

describe('the check of names', () => {
  it('asks for a name of its own where two requirements of a tier have the same', () => {
    expect(
      findings('[{ kpi: people, atLeast: 5 }, { any: [{ kpi: people, atLeast: 9 }, { fact: plan }] }]'),
    ).toEqual([
      'ladders.0.tiers.1.requirements.1.any.0: "people" names two requirements of this tier, and a waiver goes by the name; give one of them a name of its own, such as id: peopleAtLeast',
    ]);
    expect(findings('{ any: [{ fact: business plan }, { not: { fact: business plan } }] }')).toEqual([
      'ladders.0.tiers.1.requirements.any.1.not: "business plan" names two requirements of this tier, and a waiver goes by the name; give one of them a name of its own, such as id: businessPlan',
    ]);
    expect(findings('[{ fact: plan }, { kpi: people, atLeast: 5, id: plan }]')).toEqual([
      expect.stringContaining('ladders.0.tiers.1.requirements.1.id: "plan" names two'),
    ]);
    expect(findings('[{ kpi: people, atLeast: 5 }, { kpi: people, atMost: 9, id: most }]')).toEqual([]);
  });
});
