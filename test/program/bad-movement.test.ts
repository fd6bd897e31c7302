import { describe, expect, it } from '@jest/globals';
import { parseProgram } from '../../src/program/load.ts';

/** A sound program with the lines given in place of the markers. */
function text({
  head = '',
  tiers = '',
  movement = '',
}: {
  head?: string;
  tiers?: string;
  movement?: string;
}) {
  return `name: test
title: Test
version: '1'
validFrom: 2026-01-01
timeZone: UTC
currency: { code: USD }
partnerTypes: [{ key: reseller, label: Reseller }]
kpis:
  points: { label: Points, help: Points, unit: number, measure: { sum: fact.quantity } }
ladders:
  - key: main
    label: Main
    tiers:
      - { key: silver, label: Silver }
      - { key: gold, label: Gold, requirements: [{ kpi: points, atLeast: 30 }]${tiers} }
    movement: { ${movement} }
${head}
`;
}

function findings(parts: Parameters<typeof text>[0]): string[] {
  const result = parseProgram(text(parts), 'test.yaml');
  return result.findings.map(({ line, column, path, reason }) => `${line}:${column} ${path}: ${reason}`);
}

describe('approvals that make no sense', () => {
  it.each([
    ['{}', '17:1 approval: nothing waits by this; give downShare, upShare or always, or leave it out'],
    [
      '{ downShare: 5 %, always: down }',
      '17:13 approval.downShare: says nothing beside "always: down", by which every one waits; leave one of them out',
    ],
    [
      '{ upShare: 100 % }',
      '17:13 approval.upShare: nobody ever waits: more than all partners cannot move; give less than 100 %',
    ],
    ['{ downShare: 5 }', '17:13 approval.downShare: a share is written like 5 % or 2.5 %'],
    [
      '{ downShar: 5 % }',
      '17:13 approval.downShar: "downShar" is not a known key; did you mean "downShare"?',
    ],
    ['{ always: never }', '17:13 approval.always: invalid option: expected one of "down"|"up"|"both"'],
  ])('approval: %s', (approval, expected) => {
    expect(findings({ head: `approval: ${approval}` })).toContain(expected);
  });

  it('are wanted where no ladder is', () => {
    const bare = text({}).replace(/ladders:[\s\S]*/, 'approval: { always: down }\n');
    const { findings: found } = parseProgram(bare, 'test.yaml');
    expect(found.map(({ reason }) => reason)).toEqual([
      'there is nothing to approve in a program without ladders; leave it out',
    ]);
  });
});
