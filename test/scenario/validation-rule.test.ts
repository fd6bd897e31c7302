import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readStatus } from '../../src/app/status.ts';
import { groupRejects, retryRejects } from '../../src/sync/push/rejects.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
let old: string[];
let young: string[];
let removeRule: () => void;

const rule = 'Old accounts need a phone number before they can be changed.';

beforeAll(async () => {
  stage = await openStage({ start: '2026-03-02T10:00:00Z' });
  const { cast, org } = stage;
  const named = (name: string, count: number, created: string) =>
    cast.crowd(
      Array.from({ length: count }, (_, index) => ({
        Name: `${name} ${index + 1}`,
        CreatedDate: Date.parse(created),
      })),
    );
  old = named('Old', 5, '2015-06-01T00:00:00Z');
  young = named('Young', 7, '2024-06-01T00:00:00Z');
  for (const partner of [...old, ...young]) {
    cast.certified(partner, 2);
    cast.won(partner, 150_000, '2025-11-01');
  }
  await stage.pass();
  removeRule = org.addValidationRule('Account', (row, { old: before }) =>
    before !== null && Number(row.CreatedDate) < Date.parse('2020-01-01') && row.Phone == null
      ? { message: rule, field: 'Phone' }
      : null,
  );
  await stage.takeOver();
});
afterAll(() => stage.close());

const tiers = (ids: readonly string[]) => ids.map((id) => stage.cast.record(id).Partner_Tier__c ?? null);

describe('a tier push that meets a new validation rule on old accounts', () => {
  it('is refused for those only; the others and everything beside them go through', async () => {
    const run = await stage.pass();
    expect(run.state).toBe('partial');
    expect(run.value!.connections[0]!.push!.total).toMatchObject({ rejected: 5 });
    expect(tiers(young)).toEqual(young.map(() => 'Silver'));
    expect(tiers(old)).toEqual(old.map(() => null));
    expect(stage.org.dump('Tierlink_Decision__c')).toHaveLength(12);
    expect(stage.org.dump('Tierlink_KPI_Period__c')).toHaveLength(12);
  });

  it('shows them as one group with the rule in its own words, and what to do', async () => {
    const groups = await groupRejects(stage.store);
    expect(groups).toHaveLength(1);
    expect(groups[0]).toMatchObject({
      code: 'CRM_RULE',
      state: 'rejected',
      object: 'Account',
      count: 5,
      owner: 'record owner',
      retry: 'after the fix',
    });
    expect(groups[0]!.meaning).toContain(rule);
    expect((await readStatus(stage.app)).waiting).toMatchObject({ rejects: 5, pendingWrites: 5 });
  });

  it('does not try again by itself what a person has to mend', async () => {
    const before = stage.writes();
    await stage.pass();
    expect(stage.writes()).toBe(before);
    expect((await groupRejects(stage.store))[0]).toMatchObject({ count: 5 });
  });

  it('goes through on a retry once the rule is gone, with a number each', async () => {
    removeRule();
    const filter = { code: 'CRM_RULE' };
    const retried = await stage.store.transaction((tx) =>
      retryRejects(tx, { filter, clock: stage.clock, actor: 'admin' }),
    );
    expect(retried).toMatchObject({ writes: 5 });
    const run = await stage.pass();
    expect(run.value!.connections[0]!.push!.total).toMatchObject({ updated: 5, rejected: 0 });
    expect(tiers(old)).toEqual(old.map(() => 'Silver'));
    expect(await groupRejects(stage.store)).toEqual([]);
    expect((await readStatus(stage.app)).waiting).toMatchObject({ rejects: 0, pendingWrites: 0 });
    const before = stage.writes();
    await stage.pass();
    expect(stage.writes()).toBe(before);
  });
});
