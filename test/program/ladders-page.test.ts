import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { fromPackageRoot } from '../../src/package-root.ts';
import { parseProgram } from '../../src/program/load.ts';

const page = readFileSync(fromPackageRoot('docs', 'ladders.md'), 'utf8');
const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text!);

const kpi = (key: string, unit: string, rollUp = '') =>
  `  ${key}: { label: ${key}, help: x, unit: ${unit}, measure: { sum: fact.quantity }${rollUp} }`;

/** What a program file has besides the parts that an example shows. */
const rest: Readonly<Record<string, string>> = {
  name: 'name: example',
  title: 'title: Example',
  version: 'version: "1"',
  validFrom: 'validFrom: 2026-01-01',
  timeZone: 'timeZone: UTC',
  currency: 'currency: { code: USD }',
  partnerTypes: 'partnerTypes: [{ key: reseller, label: Reseller }, { key: msp, label: MSP }]',
  kpis: [
    'kpis:',
    '  revenue: { label: Revenue, help: x, unit: money, measure: { sum: deal.amount } }',
    '  cloudRevenue: { label: Cloud revenue, help: x, unit: money, measure: { sum: deal.amount } }',
    kpi('managedCustomers', 'number'),
    kpi('securityPeople', 'number'),
    kpi('companyPoints', 'number', ', rollUp: company'),
  ].join('\n'),
};

describe('the page on ladders', () => {
  it('has examples', () => {
    expect(examples.length).toBeGreaterThan(0);
  });

  it.each(examples)('has an example that is a sound part of a program: %s', (example) => {
    const others = Object.entries(rest).filter(([key]) => !new RegExp(`^${key}:`, 'm').test(example));
    const text = `${others.map(([, line]) => line).join('\n')}\n${example}`;
    expect(parseProgram(text, 'example.yaml').findings).toEqual([]);
  });
});
