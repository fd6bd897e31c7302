import { describe, expect, it } from '@jest/globals';
import { findings, good } from './good-program.ts';

const window = 'last: 12 months, by: closeOn';
const most = 'a length of time is at most 100 years';

/** What is changed, into what, and the finding: "path: reason". */
const cases: [string, string, string][] = [
  [window, 'last: 101 years, by: closeOn', `kpis.revenue.measure.window.last: ${most}`],
  [window, 'last: 401 quarters, by: closeOn', `kpis.revenue.measure.window.last: ${most}`],
  [window, 'lastFull: 1201 months, by: closeOn', `kpis.revenue.measure.window.lastFull: ${most}`],
  [window, 'sinceStart: 9999 years, by: closeOn', `kpis.revenue.measure.window.sinceStart: ${most}`],
  [window, 'last: 1 year, ago: 9999 years, by: closeOn', `kpis.revenue.measure.window.ago: ${most}`],
  [
    window,
    'last: 20000 days, by: closeOn',
    'kpis.revenue.measure.window.last: at most 9999 days; write "55 years"',
  ],
  [
    window,
    'last: 4 weeks, by: closeOn',
    'kpis.revenue.measure.window.last: a length of time has no weeks; write "28 days"',
  ],
  [
    window,
    'last: 1500 weeks, by: closeOn',
    'kpis.revenue.measure.window.last: a length of time has no weeks; write "29 years"',
  ],
  [window, 'last: 6000 weeks, by: closeOn', `kpis.revenue.measure.window.last: ${most}`],
  [
    window,
    'last: a year, by: closeOn',
    'kpis.revenue.measure.window.last: a length of time is written like "12 months" or "90 days"',
  ],
  ['kpis:\n', 'trackKeeping: 3000 years\nkpis:\n', `trackKeeping: ${most}`],
  [
    '    partnerTypes: [reseller]\n',
    '    movement: { lock: { for: 3000 years } }\n',
    `ladders.0.movement.lock.for: ${most}`,
  ],
  [
    '    partnerTypes: [reseller]\n',
    '    movement: { grace: { days: 99999999 } }\n',
    'ladders.0.movement.grace.days: has to be at most 36500',
  ],
  [
    '    partnerTypes: [reseller]\n',
    '    movement: { rampDays: 99999999 }\n',
    'ladders.0.movement.rampDays: has to be at most 36500',
  ],
];

describe('a length of time that nothing can last', () => {
  it.each(cases)('%s becomes %s', (from, to, expected) => {
    expect(good).toContain(from);
    expect(findings(good.replace(from, to)).map((one) => one.replace(/^\S+ /, ''))).toContain(expected);
  });

  it.each(['last: 100 years', 'last: 400 quarters', 'lastFull: 1200 months', 'last: 9999 days'])(
    'is not %s',
    (longest) => {
      expect(findings(good.replace('last: 12 months', longest))).toEqual([]);
    },
  );
});
