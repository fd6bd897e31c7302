import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import type { ChannelFault } from '../services/channel/channel.ts';
import type { Crm } from '../services/channel/start.ts';
import { openTestStore } from '../services/test-store.ts';
import { type FaultOutcome, type FaultWorld, openFaultWorld } from './fault-world.ts';
import { differencesOf } from './kill-state.ts';

/** What a CRM does, and the codes that are told while it does. */
interface Cell {
  fault: ChannelFault;
  told: string[];
}

/** One row per fault; what only one of the CRMs does stands in one column. */
const table: Record<string, Partial<Record<Crm, Cell>>> = {
  'answers nothing but 503': {
    salesforce: { fault: { kind: 'status', status: 503, after: 9 }, told: ['CRM_BUSY'] },
    dynamics: { fault: { kind: 'status', status: 503, after: 9 }, told: ['CRM_BUSY'] },
  },
  'answers 503 now and then': {
    salesforce: { fault: { kind: 'status', status: 503, after: 4, times: 3 }, told: [] },
    dynamics: { fault: { kind: 'status', status: 503, after: 4, times: 3 }, told: [] },
  },
  'asks to come back later': {
    salesforce: { fault: { kind: 'request-limit', limit: 'concurrent', after: 3, times: 3 }, told: [] },
    dynamics: { fault: { kind: 'throttled', retryAfterSeconds: 20, after: 3, times: 3 }, told: [] },
  },
  'has had all the requests of the day': {
    salesforce: { fault: { kind: 'request-limit', limit: 'total', after: 12 }, told: ['CRM_QUOTA'] },
  },
  'loses the answers to writes': {
    salesforce: { fault: { kind: 'lost-answer', method: 'PATCH' }, told: [] },
    dynamics: { fault: { kind: 'lost-answer', path: 'Multiple' }, told: [] },
  },
  'loses one answer in the middle of reading': {
    salesforce: { fault: { kind: 'lost-answer', method: 'GET', after: 6, times: 1 }, told: [] },
    dynamics: { fault: { kind: 'lost-answer', method: 'GET', after: 6, times: 1 }, told: [] },
  },
  'ends a session early': {
    salesforce: { fault: { kind: 'expired-token', after: 5, times: 1 }, told: [] },
    dynamics: { fault: { kind: 'expired-token', after: 5, times: 1 }, told: [] },
  },
  'ends every session at once': {
    salesforce: { fault: { kind: 'expired-token', after: 9 }, told: ['CRM_SESSION_EXPIRED'] },
    dynamics: { fault: { kind: 'expired-token', after: 9 }, told: ['CRM_SESSION_EXPIRED'] },
  },
  'answers slowly': { dynamics: { fault: { kind: 'slow', ms: 20, times: 10 }, told: [] } },
  'has rows locked': {
    salesforce: { fault: { kind: 'row-lock', object: 'Account' }, told: ['CRM_LOCKED'] },
    dynamics: {
      fault: { kind: 'row-error', object: 'account', status: 500, code: '0x80044150' },
      told: ['CRM_LOCKED'],
    },
  },
  'refuses rows by a rule of its own': {
    salesforce: {
      fault: {
        kind: 'row-error',
        object: 'Account',
        matching: { Name: 'Partner 6' },
        statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
      },
      told: ['CRM_RULE'],
    },
    dynamics: {
      fault: { kind: 'row-error', object: 'account', matching: { name: 'Partner 6' } },
      told: ['CRM_RULE'],
    },
  },
  'refuses what is new': {
    salesforce: {
      fault: {
        kind: 'row-error',
        object: 'Tierlink_Decision__c',
        statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
      },
      told: ['CRM_RULE'],
    },
    dynamics: { fault: { kind: 'row-error', object: 'tierlink_decision' }, told: ['CRM_RULE'] },
  },
  'shows changes late': {
    salesforce: { fault: { kind: 'delayed-visibility', ms: 1_800_000 }, told: [] },
  },
  'holds changes back': {
    salesforce: { fault: { kind: 'held-replication', since: '2026-03-02T10:00:00Z' }, told: [] },
    dynamics: { fault: { kind: 'held-changes', since: '2026-03-02T10:00:00Z' }, told: [] },
  },
  'has forgotten where changes went on': {
    salesforce: { fault: { kind: 'purged-deletes', since: '2026-03-02T10:30:00Z' }, told: [] },
    dynamics: { fault: { kind: 'expired-delta' }, told: [] },
  },
  'hides a field': {
    salesforce: { fault: { kind: 'hidden-field', object: 'Opportunity', field: 'Amount' }, told: [] },
  },
  'has lost a field': {
    salesforce: { fault: { kind: 'dropped-field', object: 'Opportunity', field: 'Amount' }, told: [] },
  },
};

/** Those during which the work with the other CRM is looked at. */
const together = ['answers nothing but 503', 'has forgotten where changes went on'];

/** What both CRMs do is played in one of them by turns, and in each with TIERLINK_FAULTS=all. */
const isTurnOf = (crm: Crm, name: string): boolean => {
  const doing = Object.keys(table[name]!);
  const turn = doing[Object.keys(table).indexOf(name) % doing.length];
  return process.env.TIERLINK_FAULTS === 'all' || turn === crm;
};
const alone = (crm: Crm) => Object.keys(table).filter((name) => isTurnOf(crm, name));

const cells = (crm: Crm, names: readonly string[]) =>
  names.flatMap((name) => (table[name]![crm] === undefined ? [] : [{ name, ...table[name]![crm] }]));

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => await store.close());

describe.each([[['salesforce']], [['dynamics']], [['salesforce', 'dynamics']]] as const)(
  'a fault, and passes after it, in %j',
  (crms) => {
    let world: FaultWorld;
    let clean: FaultOutcome;
    beforeAll(async () => {
      world = await openFaultWorld(store, crms);
      clean = await world.play();
    });
    afterAll(async () => await world.close());

    it('has a clean run to compare with', () => {
      expect(clean).toMatchObject({ down: 0, written: 0 });
      expect(clean.end.partner!.length).toBeGreaterThan(5);
      for (const left of ['reject', 'pending_write', 'outbox', 'held', 'bulk_job', 'takeover'])
        expect(clean.end[left]).toEqual([]);
    });

    const faults = crms.flatMap((crm: Crm) =>
      cells(crm, crms.length > 1 ? together : alone(crm)).map((cell) => ({ crm, ...cell })),
    );
    it.each(faults)('$crm $name', async ({ crm, fault, told }) => {
      const outcome = await world.play({ crm, fault });
      expect({ ...outcome, end: differencesOf(clean.end, outcome.end) }).toEqual({
        told: { ...Object.fromEntries(crms.map((each) => [each, []])), [crm]: told },
        down: 0,
        written: 0,
        end: {},
      });
    });
  },
);
