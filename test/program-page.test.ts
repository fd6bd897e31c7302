import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { fromPackageRoot } from '../src/package-root.ts';
import { parseProgram } from '../src/program/load.ts';
import { scoreForms } from '../src/program/score-parts.ts';
import { examplesRestOn, programPage, scoreExamples } from '../src/program-page.ts';

it('docs/composed-kpis.md explains the composed KPIs; UPDATE_DOCS=1 writes it', () => {
  const file = fromPackageRoot('docs', 'composed-kpis.md');
  if (process.env.UPDATE_DOCS === '1') writeFileSync(file, programPage());
  expect(readFileSync(file, 'utf8')).toBe(programPage());
});

describe('its examples', () => {
  it('make one sound program, together with what they rest on', () => {
    const kpis = [examplesRestOn.byTrack, ...scoreForms.map((form) => scoreExamples[form])];
    const text = `name: examples
title: Examples
version: "1"
validFrom: 2026-01-01
timeZone: UTC
currency: { code: USD }
partnerTypes: [{ key: msp, label: MSP }]
${examplesRestOn.tracks}
${examplesRestOn.trackKeeping}
${examplesRestOn.regions}
kpis:
  certifiedPeople: { label: P, help: P, unit: people, perRegion: true, measure: { distinct: certification.person } }
  revenue: { label: R, help: R, unit: money, measure: { sum: deal.amount } }
  accrued: { label: A, help: A, unit: money, measure: { sum: fact.amount } }
  paidOut: { label: O, help: O, unit: money, measure: { sum: fact.amount } }
  promised: { label: M, help: M, unit: money, measure: { sum: fact.amount } }
  salesCycle: { label: S, help: S, unit: days, better: lower, measure: { median: { of: deal, daysFrom: createdAt, to: closeOn } } }
${kpis.join('\n').replaceAll(/^/gm, '  ')}
`;
    expect(parseProgram(text, 'examples.yaml').findings).toEqual([]);
  });

  it.each([...scoreForms])('%s is shown as it is used', (form) => {
    expect(scoreExamples[form]).toContain(`  score:\n    ${form}:`);
    expect(programPage()).toContain(scoreExamples[form].replaceAll(/^/gm, '  '));
  });
});
