import { expect, it } from '@jest/globals';
import { findings, good } from './good-program.ts';

/** Requirements that a partner would meet by getting worse. */
const gold = (asked: string, better = '') =>
  findings(
    good
      .replace('unit: percent\n', `unit: percent${better}\n`)
      .replace('- { kpi: winRate, atLeast: 30 }', asked),
  );
const lower = '\n    better: lower';

it.each([
  [
    '- { kpi: winRate, atMost: 30 }',
    '',
    'winRate is better when it is higher, and this asks for little of it',
  ],
  [
    '- { kpi: winRate, lessThan: 30 }',
    '',
    'write better: lower at winRate if small figures are the good ones, or atLeast',
  ],
  [
    '- { kpi: winRate, atLeast: 30 }',
    lower,
    'winRate is better when it is lower, and this asks for much of it',
  ],
  ['- all: [{ kpi: winRate, moreThan: 30 }]', lower, 'write atMost, or leave out better: lower at winRate'],
])('%s%s is warned of', (asked, better, expected) => {
  expect(gold(asked, better)).toEqual([expect.stringContaining(expected)]);
});

it.each([
  ['- { kpi: winRate, atLeast: 30 }', ''],
  ['- { kpi: winRate, atMost: 30 }', lower],
  ['- { kpi: winRate, atLeast: 30 }\n          - { id: more, kpi: winRate, atMost: 60 }', ''],
  ['- any: [{ kpi: winRate, atMost: 30 }, { fact: audit }]', ''],
  ['- not: { kpi: winRate, atMost: 30 }', ''],
])('%s%s is not', (asked, better) => {
  expect(gold(asked, better)).toEqual([]);
});
