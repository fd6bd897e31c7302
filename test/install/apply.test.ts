import { describe, expect, it } from '@jest/globals';
import { TierlinkError } from '../../src/errors.ts';
import { applyInstall, type InstallRequest } from '../../src/install/apply.ts';
import {
  type InstallPlan,
  installPlanText,
  needsHash,
  parseInstallPlan,
  plannedStep,
  withId,
} from '../../src/install/file.ts';
import { type InstallStep, installSteps } from '../../src/install/steps.ts';
import { sleep } from '../../src/model/clock.ts';
import { silentLogger } from '../../src/model/logger.ts';
import type { Store } from '../../src/store/store.ts';
import { openBudget } from '../../src/sync/budget.ts';
import { type InstallPart, partId } from '../../src/sync/installer.ts';
import { relinkConnection } from '../../src/sync/links/connection-settings.ts';
import { ensureConnection } from '../../src/sync/records/connections.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { FakeOrg, found, lostAnswer, part } from './fake-installer.ts';

const clock = { now: () => Date.parse('2026-03-02T10:00:00.000Z') };
const parts: InstallPart[] = [
  part('object', 'review'),
  part('field', 'review.tier', {
    needs: ['object review'],
    want: { types: ['Choice'], exactly: {}, atLeast: {}, includes: { '1': 'Gold', '2': 'Silver' } },
  }),
  part('key', 'review.id', { needs: ['object review'] }),
  part('permission', 'Integration', { object: null }),
];
const ids = ['object review', 'field review.tier', 'key review.id', 'permission Integration'];

let store: Store;
let org: FakeOrg;
storeForEach(async (opened) => {
  store = opened;
  org = new FakeOrg();
  await ensureConnection(store.db, { id: 'north', crm: 'memory', now: clock.now() });
  await store.query(
    `update tierlink.connection set org_id = 'org-1', pinned_org_id = 'org-1', org_kind = 'test', org_name = 'North'`,
  );
});

async function plan(needed = parts): Promise<InstallPlan> {
  const { found: there } = await org.inspect(needed);
  return withId({
    ...{ connection: 'north', crm: 'memory', orgId: 'org-1', orgName: 'North', withOptional: false },
    madeAt: '2026-03-02T09:00:00.000Z',
    needs: needsHash(needed),
    steps: installSteps(needed, there).map((step) => plannedStep(step, () => 3)),
    ...{ lacks: [], automations: [], automationsUnknown: null, begun: null },
  });
}

async function apply(
  reviewed: InstallPlan,
  { signal, ...more }: Partial<InstallRequest> & { signal?: AbortSignal } = {},
) {
  const limits = { dailyCalls: 1000, runCalls: undefined };
  const budget = openBudget({ db: store.db, clock, connection: 'north', limits });
  const engine = { store, clock, logger: silentLogger, holder: 'test', actor: 'admin', signal };
  const request = { engine, connection: 'north', budget, installer: org, parts, confirm: undefined, ...more };
  return await applyInstall({ ...request, plan: reviewed, file: 'install.plan' });
}

type Shape = Record<string, unknown>;
type Entry = { record_id: string; run_id: string; why: string; plan_id: string; before: Shape; after: Shape };
const audited = async () =>
  await store.query<Entry>(
    `select record_id, run_id, why, plan_id, before, after from tierlink.audit where action = 'install' order by id`,
  );

describe('an installation', () => {
  it.each([true, false])(
    'completes what came with an object, and nothing where it did not come: %s',
    async (comes) => {
      const layout = part('layout', 'review-Main', {
        ...{ object: 'review', may: 'extend', comesWith: 'object review' },
        want: { types: ['Layout'], exactly: {}, atLeast: {}, includes: { tier: 'Tier' } },
      });
      const needed = [parts[0]!, layout];
      const reviewed = await plan(needed);
      org.after = (id) => {
        if (comes && id === 'object review') org.there.set('layout review-Main', found('Layout'));
      };
      const { state, value } = await apply(reviewed, { parts: needed });
      expect(state).toBe('succeeded');
      expect(org.applied).toEqual(['object review', ...(comes ? ['layout review-Main'] : [])]);
      expect(value!.steps.map(({ action }) => action)).toEqual(['exists', comes ? 'reuse' : 'missing']);
      // Nobody sees what came along before the object is published.
      expect(org.published).toEqual([['review'], ['review']]);
      const entries = await audited();
      expect(entries.map(({ before }) => before)).toEqual([null, ...(comes ? [{ type: 'Layout' }] : [])]);
    },
  );

  it('makes each part in order, shows it to people, and tells the audit', async () => {
    const reviewed = await plan();
    const { state, value, id } = await apply(reviewed);
    expect(state).toBe('succeeded');
    expect(value!.done.map(({ part: { kind, name } }) => `${kind} ${name}`)).toEqual(ids);
    expect(value!.steps.map(({ action }) => action)).toEqual(['exists', 'exists', 'exists', 'exists']);
    expect(org.published).toEqual([['review']]);
    const entries = await audited();
    expect(entries.map(({ record_id }) => record_id)).toEqual(ids);
    expect(entries[0]).toMatchObject({
      run_id: id,
      plan_id: reviewed.id,
      why: 'partner.yaml attributes.tier',
    });
  });

  it('finds nothing to do the second time', async () => {
    const reviewed = await plan();
    await apply(reviewed);
    org.published = [];
    org.applied = [];
    expect((await apply(reviewed)).value).toMatchObject({ done: [], resumed: null });
    expect((await apply(await plan())).value!.done).toEqual([]);
    expect([org.applied, org.published]).toEqual([[], []]);
    expect(await audited()).toHaveLength(4);
  });

  it.each(['before', 'after'] as const)(
    'killed %s any step is gone on with, and each part told once',
    async (when) => {
      for (const victim of [...ids, 'publish']) {
        org = new FakeOrg();
        await store.query('delete from tierlink.setting');
        const first = (await audited()).length;
        const reviewed = await plan();
        org[when] = (id) => {
          if (id === victim) throw new Error('killed');
        };
        if (when === 'before' || victim !== 'publish')
          await expect(apply(reviewed)).rejects.toThrow('killed');
        org[when] = () => undefined;
        const { value } = await apply(reviewed);
        expect(value!.steps.every(({ action }) => action === 'exists')).toBe(true);
        expect(org.published.at(-1)).toEqual(['review']);
        expect((await audited()).slice(first).map(({ record_id }) => record_id)).toEqual(ids);
        expect([...org.applied].sort()).toEqual([...ids].sort());
      }
    },
  );

  it('says nothing about another org of what a run that died had in hand', async () => {
    const reviewed = await plan();
    org.after = () => {
      throw new Error('killed');
    };
    await expect(apply(reviewed)).rejects.toThrow('killed');
    org.after = () => undefined;
    await store.query(`update tierlink.connection set org_id = 'org-2'`);
    await relinkConnection({ store, clock, id: 'north', actor: 'admin', mappings: [] });
    const elsewhere = withId({ ...(await plan()), orgId: 'org-2' });
    const { id, value } = await apply(elsewhere);
    expect(value!.resumed).toBeNull();
    expect((await audited()).filter(({ run_id }) => run_id !== id)).toEqual([]);
  });

  it('killed within a step tells what came of it with its own run, and the rest with the next', async () => {
    org.there.set('key review.id', found('Text', { unfinished: 'its index is Pending' }));
    const reviewed = await plan();
    org.midway = (id) => {
      if (id === 'field review.tier') throw new Error('killed');
    };
    await expect(apply(reviewed)).rejects.toThrow('killed');
    org.midway = () => undefined;
    const { id } = await apply(reviewed);
    const told = (await audited()).map(({ record_id, run_id, before, after }) => [
      ...[record_id, run_id === id, before, after],
    ]);
    expect(told).toEqual([
      ['object review', false, null, { type: 'Text' }],
      ['field review.tier', false, null, { type: 'Choice', values: 'Gold' }],
      ['field review.tier', true, { type: 'Choice' }, { type: 'Choice', values: 'Silver' }],
      ['key review.id', true, { type: 'Text', unfinished: 'its index is Pending' }, { type: 'Text' }],
      ['permission Integration', true, null, { type: 'Text' }],
    ]);
  });

  it('interrupted while it waits for a part stops at once, says what it made, and is gone on with', async () => {
    const person = new AbortController();
    org.midway = async (id, signal) => {
      if (id !== 'field review.tier') return;
      person.abort();
      await sleep(60_000, signal);
    };
    const reviewed = await plan();
    const { state, value } = await apply(reviewed, { signal: person.signal });
    expect(state).toBe('cancelled');
    const idsOf = (steps: readonly InstallStep[]) => steps.map(({ part: each }) => partId(each));
    expect([idsOf(value!.done), partId(value!.stoppedAt!.part)]).toEqual([['object review'], ids[1]]);
    expect(idsOf(value!.steps)).toEqual(ids.slice(1));
    const [{ counts } = { counts: {} }] = await store.query<{ counts: object }>(
      `select counts from tierlink.run where state = 'cancelled'`,
    );
    expect(counts).toMatchObject({ made: 1, left: 3 });
    org.midway = () => undefined;
    const ended = await apply(reviewed);
    expect([ended.state, ended.value!.resumed !== null]).toEqual(['succeeded', true]);
    expect((await audited()).map(({ record_id }) => record_id)).toEqual([ids[0], ids[1], ...ids.slice(1)]);
  });

  it('killed within a part that the mappings no longer need tells what came of it', async () => {
    const reviewed = await plan();
    org.after = (id) => {
      if (id === 'field review.tier') throw new Error('killed');
    };
    await expect(apply(reviewed)).rejects.toThrow('killed');
    org.after = () => undefined;
    const fewer = parts.filter(({ name }) => name !== 'review.tier');
    const { id } = await apply(await plan(fewer), { parts: fewer });
    const told = (await audited()).find(({ record_id }) => record_id === 'field review.tier');
    expect(told).toMatchObject({ plan_id: reviewed.id, after: { type: 'Choice', values: 'Gold, Silver' } });
    expect(told?.run_id).not.toBe(id);
  });

  it('looks at what is there when no answer comes, and makes nothing twice', async () => {
    let lost = 0;
    org.after = () => {
      lost += 1;
      throw lostAnswer();
    };
    await apply(await plan());
    expect(lost).toBe(4);
    expect(org.applied).toEqual(ids);
  });

  it('asks again where what failed heals by itself, and stops where it does not', async () => {
    let failures = 2;
    org.before = (id) => {
      if (id === 'key review.id' && failures-- > 0) throw lostAnswer();
    };
    expect((await apply(await plan())).state).toBe('succeeded');
    org = new FakeOrg();
    org.before = (id) => {
      if (id === 'key review.id')
        throw new TierlinkError('CRM_PERMISSION', { connection: 'north', reason: 'no' });
    };
    await expect(apply(await plan())).rejects.toMatchObject({ code: 'CRM_PERMISSION' });
    expect(org.applied).toEqual(ids.slice(0, 2));
    org.before = (id) => {
      if (id === 'key review.id') throw new TierlinkError('CRM_BAD_VALUE', { reason: 'no such column' });
    };
    await expect(apply(await plan())).rejects.toMatchObject({
      code: 'INSTALL_REFUSED',
      data: { part: 'key review.id' },
    });
  });

  it('adds to what is there what it lacks', async () => {
    org.there.set('field review.tier', found('Choice', { values: ['1', '7'] }));
    await apply(await plan());
    expect(org.there.get('field review.tier')?.values).toEqual(['1', '7', '2']);
  });
});

describe('an installation is refused with nothing written', () => {
  it('where something else has the name', async () => {
    org.there.set('key review.id', found('Number'));
    await expect(apply(await plan())).rejects.toMatchObject({ code: 'INSTALL_CONFLICT' });
    expect(org.applied).toEqual([]);
  });

  it('where more has to be done than was reviewed', async () => {
    org.there.set('field review.tier', found('Choice', { values: ['1', '2'] }));
    const reviewed = await plan();
    org.there.delete('field review.tier');
    await expect(apply(reviewed)).rejects.toMatchObject({ code: 'INSTALL_STALE' });
    org.there.set('field review.tier', found('Choice', { values: ['1'] }));
    await expect(apply(reviewed)).rejects.toMatchObject({ code: 'INSTALL_STALE' });
    expect(org.applied).toEqual([]);
  });

  it('where the plan is about another org, or other needs', async () => {
    const reviewed = await plan();
    const foreign = { code: 'INSTALL_FOREIGN' };
    await expect(apply(reviewed, { parts: parts.slice(1) })).rejects.toMatchObject(foreign);
    await store.query(`update tierlink.connection set org_id = 'org-2', pinned_org_id = 'org-2'`);
    await expect(apply(reviewed)).rejects.toMatchObject(foreign);
    expect(org.applied).toEqual([]);
  });

  it('where the user lacks the rights, or a production org is not confirmed', async () => {
    const reviewed = await plan();
    org.lacks = ['prvCreateEntity'];
    await expect(apply(reviewed)).rejects.toMatchObject({ code: 'INSTALL_RIGHTS' });
    org.lacks = [];
    await store.query(`update tierlink.connection set org_kind = 'production'`);
    await expect(apply(reviewed)).rejects.toMatchObject({ code: 'USAGE' });
    expect(org.applied).toEqual([]);
    expect((await apply(reviewed, { confirm: 'north' })).state).toBe('succeeded');
  });
});

describe('a plan as a file', () => {
  it('comes back as it was, and not when anything of it was changed', async () => {
    const made = await plan();
    const text = installPlanText(made);
    expect(parseInstallPlan(text, 'install.plan')).toEqual(made);
    const invalid = { code: 'INSTALL_INVALID' };
    for (const bad of [text.replace('"create"', '"exists"'), '{}', 'x', text.replace('"north"', '"south"')])
      expect(() => parseInstallPlan(bad, 'install.plan')).toThrow(expect.objectContaining(invalid));
  });
});
