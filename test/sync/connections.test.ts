import { describe, expect, it } from '@jest/globals';
import { TierlinkError } from '../../src/errors.ts';
import type { Store } from '../../src/store/store.ts';
import { relinkConnection, setTierMode, setWriteBack } from '../../src/sync/links/connection-settings.ts';
import { checkConnection, loadFacts } from '../../src/sync/pull/connection-check.ts';
import { currentMetadata, loadMetadata, refreshMetadata } from '../../src/sync/pull/metadata.ts';
import {
  completeTo,
  ensureConnection,
  listConnections,
  loadConnection,
  noteFailure,
  noteSuccess,
  pauseConnection,
  requireWritable,
  resumeConnection,
} from '../../src/sync/records/connections.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { FakeCrm } from './fake-crm.ts';
import { mappings } from './push-house.ts';

let store: Store;
let crm: FakeCrm;
storeForEach(async (opened) => {
  store = opened;
  crm = new FakeCrm();
  await ensureConnection(store.db, { id: 'north', crm: 'memory', now: clock.now() });
});

const clock = { now: () => Date.parse('2026-03-02T10:00:00.000Z') };
const check = () => checkConnection({ store, clock, id: 'north', connector: crm, objects: ['Account'] });
const load = () => loadConnection(store.db, 'north');
const change = () => ({ store, clock, id: 'north', actor: 'admin', mappings });

async function addFeed(completedAt: string | null): Promise<void> {
  await store.query(
    `insert into tierlink.feed (connection, object, entity, complete_to) values ('north', $2, 'partner', $1)`,
    [completedAt, `Account ${completedAt}`],
  );
}

describe('a connection', () => {
  it('begins with write-back off, tiers in shadow and nothing read', async () => {
    expect(await load()).toMatchObject({ write_back: false, tier_mode: 'shadow', state: 'never_run' });
    await ensureConnection(store.db, { id: 'north', crm: 'memory', now: clock.now() });
    expect(await listConnections(store.db)).toHaveLength(1);
  });

  it('that is not known is named beside those that are', async () => {
    await expect(loadConnection(store.db, 'south')).rejects.toMatchObject({
      code: 'CONNECTION_UNKNOWN',
      data: { connection: 'south', known: 'north' },
    });
  });

  it('is pinned to its org by the first check, which keeps what the CRM says', async () => {
    crm.facts = {
      objects: [
        {
          object: 'Account',
          readable: true,
          seesAll: false,
          editsAll: true,
          creatable: true,
          updatable: true,
        },
        {
          object: 'Deal',
          readable: false,
          seesAll: null,
          editsAll: null,
          creatable: false,
          updatable: false,
        },
      ],
    };
    const checked = await check();
    expect(checked).toMatchObject({
      unreadable: ['Deal'],
      partlyVisible: ['Account'],
      visibilityUnknown: [],
    });
    expect(await load()).toMatchObject({
      pinned_org_id: 'org-1',
      org_kind: 'test',
      user_name: 'integration@example.test',
      time_zone: 'Europe/Stockholm',
      currency: 'EUR',
      checked_at: '2026-03-02T10:00:00.000Z',
    });
    expect(await loadFacts(store.db, 'north')).toMatchObject({ orgKindLabel: 'SANDBOX' });
  });

  it('refuses another org, says so as its state, and works again once it is linked', async () => {
    await check();
    await setWriteBack({ ...change(), on: true });
    crm.facts = { orgId: 'org-2' };
    await expect(check()).rejects.toMatchObject({
      code: 'SYNC_ORG_CHANGED',
      data: { connection: 'north', found: 'org-2', pinned: 'org-1' },
    });
    const record = await load();
    expect(record).toMatchObject({ state: 'action_required', pinned_org_id: 'org-1' });
    expect(() => requireWritable(record)).toThrow(expect.objectContaining({ code: 'SYNC_ORG_CHANGED' }));
    const asked = { store, clock, connector: crm, connection: 'north', mappings: [], tiers: [] };
    await refreshMetadata(asked);
    expect((await currentMetadata(asked)).isNew).toBe(false);
    expect(await relinkConnection(change())).toMatchObject({ pinned_org_id: 'org-2', write_back: false });
    await check();
    // What fields there are is asked of the new org, and was said of no other.
    expect(await loadMetadata(store, 'north')).toBeUndefined();
    expect((await currentMetadata(asked)).isNew).toBe(true);
  });

  it('to a production org is written to only when its name was given again', async () => {
    crm.facts = { orgKind: 'production', orgName: 'Example Ltd' };
    await check();
    await expect(setWriteBack({ ...change(), on: true })).rejects.toMatchObject({ code: 'USAGE' });
    expect((await load()).write_back).toBe(false);
    expect(await setWriteBack({ ...change(), on: true, confirm: 'north' })).toMatchObject({
      write_back: true,
      write_back_since: '2026-03-02T10:00:00.000Z',
    });
    expect(await setWriteBack({ ...change(), on: false })).toMatchObject({ write_back: false });
  });

  it('is not written to before its org is known', async () => {
    await expect(setWriteBack({ ...change(), on: true, confirm: 'north' })).rejects.toMatchObject({
      code: 'SYNC_ORG_UNKNOWN',
    });
    expect(await load()).toMatchObject({ write_back: false });
  });

  it('keeps in the audit who changed its settings', async () => {
    await check();
    await setWriteBack({ ...change(), on: true });
    await setTierMode({ ...change(), mode: 'owned' });
    const audit = await store.query(
      `select actor, before, after from tierlink.audit where action = 'setting' order by id`,
    );
    expect(audit).toEqual([
      { actor: 'admin', before: { write_back: false }, after: { write_back: true } },
      { actor: 'admin', before: { tier_mode: 'shadow' }, after: { tier_mode: 'owned' } },
    ]);
  });

  it('is waiting, in need of a person or unknown, as the error says', async () => {
    const retryAt = Date.parse('2026-03-02T14:05:00.000Z');
    await noteFailure(
      store.db,
      'north',
      new TierlinkError('CRM_QUOTA', { connection: 'north' }, { retryAt }),
    );
    expect(await load()).toMatchObject({ state: 'waiting', state_until: '2026-03-02T14:05:00.000Z' });
    await noteFailure(
      store.db,
      'north',
      new TierlinkError('CRM_SIGN_IN', { connection: 'north', reason: 'x' }),
    );
    expect(await load()).toMatchObject({
      state: 'action_required',
      state_detail: { code: 'CRM_SIGN_IN', actions: [expect.stringContaining('tierlink check')] },
    });
    await noteFailure(store.db, 'north', new Error('broken'));
    expect(await load()).toMatchObject({ state: 'unknown', state_detail: { reason: 'broken' } });
  });

  it('says nothing new about itself when our own work was interrupted', async () => {
    await noteFailure(store.db, 'north', new TierlinkError('INTERRUPTED'));
    await noteFailure(store.db, 'north', new TierlinkError('LEASE_LOST', { key: 'pull:north:Account' }));
    expect(await load()).toMatchObject({ state: 'never_run', state_detail: null });
  });

  it('is healthy only once something was read completely', async () => {
    await noteSuccess(store.db, 'north');
    expect((await load()).state).toBe('never_run');
    await addFeed('2026-03-01T00:00:00.000Z');
    await noteSuccess(store.db, 'north');
    expect((await load()).state).toBe('healthy');
  });

  it('stays paused, whatever happens, until a person resumes it', async () => {
    await pauseConnection(store.db, { id: 'north', reason: 'quarter end' });
    await noteSuccess(store.db, 'north');
    await noteFailure(store.db, 'north', new Error('broken'));
    expect(await load()).toMatchObject({ state: 'paused', state_detail: { reason: 'quarter end' } });
    await resumeConnection(store.db, 'north');
    expect((await load()).state).toBe('never_run');
  });

  it('is complete to the earliest of its feeds, and to nothing while one was never read', async () => {
    await addFeed('2026-03-02T08:00:00.000Z');
    await addFeed('2026-03-02T07:00:00.000Z');
    expect(await completeTo(store.db, 'north')).toBe('2026-03-02T07:00:00.000Z');
    await addFeed(null);
    expect(await completeTo(store.db, 'north')).toBeNull();
  });
});
