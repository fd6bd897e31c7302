import { parseProgram } from '../../src/program/load.ts';

/** A small program that is right; cases break one line of it. */
export const good = `name: test
title: Test
version: '1'
validFrom: 2026-01-01
timeZone: Europe/Stockholm
currency: { code: USD, rates: { EUR: '1.10' } }
partnerTypes:
  - { key: reseller, label: Reseller }
successFactors:
  - { key: revenue, label: Revenue, kpis: [revenue] }
kpis:
  revenue:
    label: Revenue
    help: Won deals.
    unit: money
    measure:
      sum: deal.amount
      where: { attribute: isWon, is: true }
      window: { last: 12 months, by: closeOn }
  winRate:
    label: Win rate
    help: Won of closed.
    unit: percent
    ratio:
      of: { count: deal, where: { attribute: isWon, is: true } }
      to: { count: deal, where: { attribute: isClosed, is: true } }
ladders:
  - key: main
    label: Main
    partnerTypes: [reseller]
    tiers:
      - key: silver
        label: Silver
        requirements: [{ kpi: revenue, atLeast: 1000 }]
      - key: gold
        label: Gold
        requirements:
          - { kpi: revenue, atLeast: 5000 }
          - { kpi: winRate, atLeast: 30 }
`;

/** What is wrong with a program text: "line:column path: reason". */
export function findings(text: string): string[] {
  const result = parseProgram(text, 'test.yaml');
  return result.findings.map(({ line, column, path, reason }) => `${line}:${column} ${path}: ${reason}`);
}
