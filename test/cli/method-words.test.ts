import { describe, expect, it } from '@jest/globals';
import { debt } from '../../src/cli/commands/debt.ts';
import { partnersBenefits } from '../../src/cli/commands/partners/benefits.ts';
import { partnersExpectations } from '../../src/cli/commands/partners/expectations.ts';
import { programBacktest } from '../../src/cli/commands/program/backtest.ts';
import { programGoals } from '../../src/cli/commands/program/goals.ts';
import { shown } from './harness.ts';

/** Lines as they are printed on a terminal of 80 columns, without those between. */
const linesOf = (text: string) => text.split('\n').filter((line) => line !== '');

const head = { program: 'Test', asOf: '2026-11-30' };
const partner = { id: 'A', name: 'Cedar & Stone' };
const other = { id: 'B', name: 'Harbour & Pine' };

describe('the benefits of partners', () => {
  const line = {
    partner,
    key: 'funds',
    label: 'Marketing funds',
    amount: '2500 USD',
    tier: 'Silver',
    due: 'quarter',
    how: null,
    fact: 'Marketing funds',
    times: 1,
    delivered: 0,
    lastOn: null,
    dueOn: '2026-11-30',
    dueBy: '2026-12-30',
    state: 'due' as const,
    reason: null,
  };
  const listed = (asked: string | null, ...benefits: object[]) =>
    linesOf(shown(partnersBenefits, { ...head, asked, hasBenefits: true, benefits }, 80));
  const of = (...benefits: object[]) => listed(null, ...benefits);

  it('are a table of one partner, which the title names', () => {
    expect(listed(partner.name, line, { ...line, state: 'unknown', reason: 'facts are late' })).toEqual([
      'Benefits of Cedar & Stone   as of 2026-11-30',
      '  BENEFIT           AMOUNT               DELIVERED   STATE',
      '  Marketing funds   USD 2,500 (Silver)   0 of 1      Due by 2026-12-30',
      '  Marketing funds   USD 2,500 (Silver)   0 of 1      Unknown: facts are late',
    ]);
  });

  it('are a table of several, with whose they are, also where it is one alone', () => {
    expect(of(line).slice(0, 2)).toEqual([
      'Benefits   as of 2026-11-30',
      expect.stringMatching(/^ {2}PARTNER .* BENEFIT /),
    ]);
    expect(of(line, { ...line, partner: other, state: 'overdue', dueBy: '2026-01-30' }).slice(0, 2)).toEqual([
      'Benefits   as of 2026-11-30',
      expect.stringMatching(/^ {2}PARTNER .* BENEFIT .* AMOUNT .* DELIVERED .* STATE$/),
    ]);
  });
});

it('expectations say of a limit that it is kept, and of all else until when it is due', () => {
  const line = {
    partner,
    label: 'Leads',
    kind: 'responsibility' as const,
    by: 'partner' as const,
    needs: 'plan',
    has: '-',
    dueBy: null,
    state: 'overdue' as const,
    reason: null,
    missed: 0,
  };
  const expectations = [
    line,
    { ...line, state: 'done' },
    { ...line, state: 'overdue', dueBy: '2026-11-01' },
    { ...line, state: 'unknown', dueBy: '2026-11-01', reason: 'late', missed: null },
  ];
  const result = { ...head, asked: partner.name, hasExpectations: true, expectations };
  expect(linesOf(shown(partnersExpectations, result, 100))).toEqual([
    'Expectations: Cedar & Stone   as of 2026-11-30',
    '  EXPECTED   UP TO     SEEN BY   HAS   STATE                         MISSED',
    '  Leads      partner   plan      -     Not kept',
    '  Leads      partner   plan      -     Kept',
    '  Leads      partner   plan      -     Overdue since 2026-11-01',
    '  Leads      partner   plan      -     Unknown: late              not known',
  ]);
});

it('goals say which days a figure is about that is not that of the period so far', () => {
  const goal = {
    label: 'Revenue in 12 months',
    kpi: 'revenue',
    who: [],
    period: '2026',
    startsOn: '2026-01-01',
    endsOn: '2026-12-31',
    daysLeft: 32,
    goal: '100 USD',
    actual: '50 USD',
    window: '2025-11-30 to 2026-11-29',
    windowFrom: '2025-11-30',
    reached: '50.0',
    state: 'running' as const,
    partners: [],
    unknown: 0,
  };
  const note = 'Revenue in 12 months: the figure is that of 2025-11-30 to 2026-11-29.';
  const printed = (more: object = {}) => shown(programGoals, { ...head, goals: [{ ...goal, ...more }] }, 120);
  expect(printed()).toContain(note);
  const soFar = { window: '2026-01-01 to 2026-11-29', windowFrom: '2026-01-01' };
  expect(printed(soFar)).not.toContain('the figure is that of');
  expect(printed(soFar)).toMatch(/Revenue in 12 months +all partners +2026/);
});

it('debt of one record is said of one, and deals without a partner apart from it', () => {
  const owner = { owner: 'Kim', records: 1, amount: '0', unknown: 1 };
  const owners = [{ ...owner, withoutPartner: 2, withoutPartnerAmount: '511500' }];
  const record = {
    entity: 'deal',
    id: 'd',
    name: 'Deal',
    connection: null,
    object: null,
    crmId: null,
    url: null,
    owner: 'Kim',
    partnerId: null,
    partner: null,
    kpis: [],
    why: 'it names no partner',
    amount: null,
  };
  const result = { asOf: head.asOf, currency: 'USD', owners, tiers: [], records: [record], csv: null };
  expect(linesOf(shown(debt, result, 120)).slice(0, 2)).toEqual([
    '1 record does not count because of a blank or wrong field; what it would bring is not known.',
    '2 deals won in the last twelve months without a partner, worth 511,500 USD; some may be sales of your own.',
  ]);
});

describe('what a program costs', () => {
  const review = {
    asOf: '2026-10-01',
    reconstructed: null,
    ladders: [],
    cost: { from: '2026-10-01', until: '2027-01-01', due: [], standing: [] },
  };
  const of = (more: object) =>
    shown(programBacktest, {
      ...{ file: 'f.yaml', program: 'Test', version: '1', labels: { main: 'Main' } },
      ...{ reviews: [review], ...more },
    });

  it('is nothing where nobody would have had a benefit, which is not a program without benefits', () => {
    expect(of({ hasBenefits: true, withoutMoney: [] })).toContain('Nobody would have had a benefit');
    expect(of({ hasBenefits: false, withoutMoney: [] })).toContain('The program has no benefits');
    expect(of({ hasBenefits: true, withoutMoney: ['Badge'] })).toContain('not in the cost: Badge.');
  });
});
