import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { fromPackageRoot } from '../../src/package-root.ts';
import { parseProgram } from '../../src/program/load.ts';

const page = readFileSync(fromPackageRoot('docs', 'method.md'), 'utf8');
const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text!);

/** What a program file has besides the parts that an example shows. */
const rest: Readonly<Record<string, string>> = {
  name: 'name: example',
  title: 'title: Example',
  version: 'version: "1"',
  validFrom: 'validFrom: 2026-01-01',
  timeZone: 'timeZone: UTC',
  currency: 'currency: { code: USD }',
  partnerTypes: 'partnerTypes: [{ key: reseller, label: Reseller }, { key: msp, label: MSP }]',
  kpis: `kpis:
  sourcedRevenue: { label: Revenue, help: Won., unit: money, measure: { sum: deal.amount } }
  certifiedPeople: { label: People, help: Certified., unit: people, measure: { distinct: certification.person } }
  dealsWon: { label: Deals, help: Won., unit: count, measure: { count: deal } }`,
  ladders: `ladders:
  - key: main
    label: Main
    tiers:
      - { key: registered, label: Registered }
      - { key: silver, label: Silver, requirements: [{ kpi: certifiedPeople, atLeast: 2 }] }
      - { key: gold, label: Gold, requirements: [{ kpi: certifiedPeople, atLeast: 4 }] }`,
};

describe('the page on the method', () => {
  it.each(examples)('has an example that is a sound part of a program: %s', (example) => {
    const others = Object.entries(rest).filter(([key]) => !new RegExp(`^${key}:`, 'm').test(example));
    const text = `${others.map(([, line]) => line).join('\n')}\n${example}`;
    expect(parseProgram(text, 'example.yaml').findings).toEqual([]);
  });
});
