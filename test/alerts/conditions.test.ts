import { describe, expect, it } from '@jest/globals';
import {
  type AlertRows,
  type ConnectionRow,
  type FeedRow,
  findConditions,
  type RunSeries,
  transitionsOf,
} from '../../src/alerts/conditions.ts';
import { thresholdsSchema } from '../../src/project-alerts.ts';

const now = Date.parse('2026-03-10T12:00:00Z');
const thresholds = {
  waitingMinutes: 60,
  failedRuns: 3,
  invalidPercent: 5,
  countPercent: 20,
  dataAgeHours: 24,
};

const connection = (more: Partial<ConnectionRow> = {}): ConnectionRow => ({
  id: 'north',
  state: 'healthy',
  since: '2026-03-10T11:00:00.000Z',
  minutes: 60,
  reason: null,
  actions: [],
  completeTo: '2026-03-10T11:50:00.000Z',
  ...more,
});
const series = (more: Partial<RunSeries> = {}): RunSeries => ({
  kind: 'pull',
  connection: 'north',
  failures: 3,
  first: { id: 'r-000007', at: '2026-03-10T10:00:00.000Z' },
  reason: 'The disk is full',
  isRunning: false,
  ...more,
});
const feed = (more: Partial<FeedRow> = {}): FeedRow => ({
  ...{ connection: 'north', object: 'Account', entity: 'partner', records: 100, known: 100 },
  ...{
    frozenReason: null,
    frozenSince: null,
    invalid: 0,
    invalidSince: null,
    before: null,
    verification: null,
  },
  ...more,
});

function judged(
  rows: Partial<AlertRows>,
  open: string[] = [],
  limits: typeof thresholds | object = thresholds,
) {
  const all = { connections: [connection()], runs: [], feeds: [], ...rows };
  return findConditions({
    rows: all,
    thresholds: { ...thresholds, ...limits },
    open: new Set(open),
    now,
  });
}
const keysOf = (...of: Parameters<typeof judged>) =>
  [...judged(...of)].flatMap(([key, found]) => (found === 'undecided' ? [] : [key]));
const undecided = (...of: Parameters<typeof judged>) =>
  [...judged(...of)].flatMap(([key, found]) => (found === 'undecided' ? [key] : []));

describe('a connection', () => {
  it('that needs a person is an alert, with why and what to do', () => {
    const row = connection({
      state: 'action_required',
      reason: 'The password expired',
      actions: ['Sign in'],
    });
    expect(judged({ connections: [row] }).get('connection:north')).toEqual({
      key: 'connection:north',
      condition: 'connection',
      connection: 'north',
      since: row.since,
      what: 'north needs a person; nothing is read from it or written to it as it should be: The password expired.',
      owner: 'CRM admin',
      next: ['Sign in', 'tierlink doctor --connection north'],
    });
  });

  it('that waits is one from the threshold on, and undecided before', () => {
    const waiting = (minutes: number) => ({ connections: [connection({ state: 'waiting', minutes })] });
    expect(keysOf(waiting(60))).toEqual(['connection:north']);
    expect(undecided(waiting(59))).toEqual(['connection:north']);
    expect(keysOf(waiting(9_999), [], { waitingMinutes: null })).toEqual([]);
  });

  it('has recovered only when it is healthy or paused', () => {
    const of = (state: string) =>
      judged({ connections: [connection({ state, minutes: 1 })] }, ['connection:north']);
    for (const state of ['unknown', 'waiting']) expect(of(state).get('connection:north')).toBe('undecided');
    for (const state of ['healthy', 'paused', 'never_run'])
      expect(of(state).has('connection:north')).toBe(false);
  });

  it('in trouble explains its failing runs, old data and partial feeds', () => {
    const rows = {
      runs: [series(), series({ kind: 'pass', connection: null }), series({ connection: 'south' })],
      feeds: [feed({ frozenReason: 'mass_delete', frozenSince: '2026-03-09T00:00:00.000Z' })],
    };
    const old = connection({ completeTo: '2026-03-01T00:00:00.000Z' });
    const inNeed = { ...old, state: 'action_required' };
    const south = connection({ id: 'south' });
    expect(keysOf({ ...rows, connections: [inNeed, south] })).toEqual([
      'connection:north',
      'runs:pull:south',
    ]);
    expect(keysOf({ ...rows, connections: [old, south] })).toHaveLength(5);
  });
});

describe('runs', () => {
  it('are an alert when as many as the threshold have failed in a row, and undecided before', () => {
    expect(keysOf({ runs: [series()] })).toEqual(['runs:pull:north']);
    expect(undecided({ runs: [series({ failures: 2 })] })).toEqual(['runs:pull:north']);
    expect(judged({ runs: [series({ failures: 0, first: null })] }).size).toBe(0);
    expect(keysOf({ runs: [series()] }, [], { failedRuns: null })).toEqual([]);
  });

  it('are undecided while one is at work that may end the series', () => {
    expect(undecided({ runs: [series({ isRunning: true })] })).toEqual(['runs:pull:north']);
  });
});

describe('data', () => {
  it('is old from the limit on', () => {
    const at = (completeTo: string | null) => ({ connections: [connection({ completeTo })] });
    expect(keysOf(at('2026-03-09T12:00:00.000Z'))).toEqual(['age:north']);
    expect(keysOf(at('2026-03-09T12:00:01.000Z'))).toEqual([]);
    expect(keysOf(at(null))).toEqual([]);
  });
});

describe('a feed', () => {
  it('that is partial is an alert; where that heals by itself, only after a while', () => {
    const since = (frozenReason: string, frozenSince: string) => ({
      feeds: [feed({ frozenReason, frozenSince })],
    });
    expect(keysOf(since('scope_shrank', '2026-03-10T11:59:00.000Z'))).toEqual([
      'frozen:north:Account:partner',
    ]);
    expect(undecided(since('unconfirmed', '2026-03-10T11:01:00.000Z'))).toHaveLength(1);
    expect(keysOf(since('unconfirmed', '2026-03-10T11:00:00.000Z'))).toHaveLength(1);
  });

  it('has too many invalid records above the percentage, not at it', () => {
    const of = (invalid: number, known = 100) => ({
      feeds: [feed({ invalid, known, invalidSince: '2026-03-10T09:00:00.000Z' })],
    });
    expect(keysOf(of(5))).toEqual([]);
    expect(keysOf(of(6))).toEqual(['invalid:north:Account:partner']);
    expect(keysOf(of(19, 19))).toEqual([]);
  });

  it('jumped when its count is further away from that of the day before than the percentage', () => {
    const of = (records: number, before = 100) => ({
      feeds: [feed({ records, before: { day: '2026-03-09', records: before } })],
    });
    for (const records of [80, 120]) expect(keysOf(of(records))).toEqual([]);
    for (const records of [79, 121]) expect(keysOf(of(records))).toEqual(['counts:north:Account:partner']);
    expect(keysOf(of(0, 19))).toEqual([]);
    expect(keysOf({ feeds: [feed()] })).toEqual([]);
  });
});

describe('transitions', () => {
  it('open what is new, keep what is so still or undecided, close the rest; then there is nothing new', () => {
    const rows = {
      connections: [connection({ state: 'action_required' }), connection({ id: 'south', state: 'unknown' })],
    };
    const before = [{ key: 'connection:south' }, { key: 'age:north' }];
    const found = judged(rows);
    const { opened, open, closed } = transitionsOf(found, before);
    expect(opened.map(({ key }) => key)).toEqual(['connection:north']);
    expect(open).toEqual([{ alert: { key: 'connection:south' }, finding: null }]);
    expect(closed).toEqual([{ key: 'age:north' }]);
    const after = transitionsOf(found, [...opened, ...open.map(({ alert }) => alert)]);
    expect([after.opened, after.closed]).toEqual([[], []]);
  });
});

it('the thresholds of the tests are the defaults', () => {
  expect(thresholdsSchema.parse({})).toEqual(thresholds);
});

describe('a verification', () => {
  const said = (state: string) => ({
    feeds: [feed({ verification: { state, records: 3, since: '2026-03-09T04:30:00.000Z' } })],
  });
  const key = 'complete:north:Account:partner';

  it('opens an alert for records that are not here as the CRM has them, and closes it when there are none', () => {
    const found = judged(said('different')).get(key);
    expect(found).toMatchObject({ condition: 'complete', since: '2026-03-09T04:30:00.000Z' });
    expect(keysOf(said('verified'), [key])).toEqual([]);
  });

  it('decides nothing where nobody could look, or records were on their way', () => {
    for (const state of ['unknown', 'unsettled'])
      expect(judged(said(state), [key]).get(key)).toBe('undecided');
  });
});
