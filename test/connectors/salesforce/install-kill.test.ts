import { expect, it } from '@jest/globals';
import { installParts } from '../../../connectors/salesforce/provision/parts.ts';
import { PERMISSION_SET } from '../../../connectors/salesforce/provision/permissions.ts';
import { TierlinkError } from '../../../src/errors.ts';
import { applyInstall } from '../../../src/install/apply.ts';
import { type InstallPlan, needsHash, plannedStep, withId } from '../../../src/install/file.ts';
import { silentLogger } from '../../../src/model/logger.ts';
import { fromPackageRoot } from '../../../src/package-root.ts';
import type { Store } from '../../../src/store/store.ts';
import { openBudget } from '../../../src/sync/budget.ts';
import { loadMappings } from '../../../src/sync/mapping/mapping.ts';
import { ensureConnection } from '../../../src/sync/records/connections.ts';
import { storeForEach } from '../../services/store-for-each.ts';
import { contentsOf, type InstallWorld, openInstallWorld, put } from './install-world.ts';

const mappings = loadMappings(fromPackageRoot('mappings', 'salesforce')).filter(
  ({ name }) => name === 'decision',
);
const region = {
  ...loadMappings(fromPackageRoot('mappings', 'salesforce')).find(({ name }) => name === 'partner')!,
  key: undefined,
  scope: {},
  attributes: {
    region: {
      ...{ field: 'Area__c', direction: 'both', required: false, onBlank: 'clear', policy: 'ask' },
      install: { type: 'picklist', values: ['EMEA', 'AMER'] },
    },
  },
} as unknown as (typeof mappings)[number];
const request = { mappings: [...mappings, region], kpis: [], tiers: [] };
const parts = installParts(request);
const objects = ['Account', 'Tierlink_Decision__c'];
const clock = { now: () => Date.parse('2026-03-02T10:00:00.000Z') };

let store: Store;
storeForEach(async (opened) => {
  store = opened;
  await ensureConnection(store.db, { id: 'north', crm: 'salesforce', now: clock.now() });
  await store.query(`update tierlink.connection set org_id = 'o', pinned_org_id = 'o', org_kind = 'test'`);
});

/** An org in which the field of the region is there, with a value of its own. */
async function openWithRegion(): Promise<InstallWorld> {
  const world = await openInstallWorld();
  const value = '<value><fullName>Moon</fullName><default>false</default><label>Moon</label></value>';
  const set = `<valueSet><restricted>true</restricted><valueSetDefinition><sorted>false</sorted>${value}</valueSetDefinition></valueSet>`;
  const field = `<fullName>Area__c</fullName><label>Area</label><type>Picklist</type>${set}`;
  put(world.org, 'field', 'Account.Area__c', field);
  return world;
}

async function planOf({ look }: InstallWorld) {
  return withId({
    ...{ connection: 'north', crm: 'salesforce', orgId: 'o', orgName: 'North', withOptional: false },
    madeAt: '2026-03-02T09:00:00.000Z',
    needs: needsHash(parts),
    steps: (await look(parts)).map((step) => plannedStep(step, () => 1)),
    ...{ lacks: [], automations: [], automationsUnknown: null, begun: null },
  });
}

async function applyTo({ installer }: InstallWorld, plan: InstallPlan) {
  const budget = openBudget({ db: store.db, clock, connection: 'north', limits: { dailyCalls: 100_000 } });
  const engine = { store, clock, logger: silentLogger, holder: 'test', actor: 'admin' };
  return await applyInstall({
    ...{ engine, connection: 'north', budget, installer, parts, plan },
    ...{ file: null, confirm: undefined },
  });
}

interface Entry {
  record_id: string;
  run_id: string;
  after: { values?: string };
}

async function audited(): Promise<Entry[]> {
  return await store.query<Entry>(
    `select record_id, run_id, after from tierlink.audit where action = 'install' order by id`,
  );
}

it('a process that dies again and again, before or after a call, ends as one that does not', async () => {
  const [clean, world] = [await openWithRegion(), await openWithRegion()];
  try {
    await clean.install(request);
    const plan = await planOf(world);
    const looked = world.host.spent.length;
    let deaths = 0;
    for (let more = 1; ; more = (more % 9) + 1) {
      // So many calls are left to this process, beside those by which it looks around.
      const last = world.host.spent.length + looked + more;
      const { spend } = world.host;
      world.host.spend = async (calls, kind) => {
        if (world.host.spent.length >= last) throw new TierlinkError('INTERRUPTED');
        await spend(calls, kind);
      };
      // Every other process loses an answer, too.
      const stop = world.org.faults.add({
        ...{ kind: 'lost-answer', method: 'POST', path: 'deployRequest', times: 1 },
        after: more % 2,
      });
      const { state } = await applyTo(world, plan);
      stop();
      world.host.spend = spend;
      if (state === 'succeeded') break;
      expect(state).toBe('cancelled');
      deaths += 1;
    }
    expect(deaths).toBeGreaterThan(5);
    expect(contentsOf(world.org, objects, PERMISSION_SET)).toEqual(
      contentsOf(clean.org, objects, PERMISSION_SET),
    );
    const made = plan.steps.filter(({ action }) => action === 'create' || action === 'extend');
    const told = (await audited()).map(({ record_id }) => record_id);
    // Each part is told once, with the run that made it, be it a dead one.
    expect(told).toEqual(made.map(({ kind, name }) => `${kind} ${name}`));
    const again = await applyTo(world, plan);
    expect([again.state, again.value?.done]).toEqual(['succeeded', []]);
  } finally {
    await clean.simulator.close();
    await world.simulator.close();
  }
});

it.each(['object Tierlink_Decision__c', `permission ${PERMISSION_SET}`])(
  'a deployment that a dead process left at work is waited for, and told with that process: %s',
  async (first) => {
    const world = await openWithRegion();
    try {
      const { deployments } = world.simulator;
      if (first.startsWith('permission')) {
        // All but that is there.
        await world.install(request);
        const set = [...world.org.rows('PermissionSet')].find(({ Name }) => Name === PERMISSION_SET);
        world.org.hardDelete([String(set?.Id)]);
      }
      const before = deployments.all().length;
      const plan = await planOf(world);
      const release = deployments.hold();
      const { sleep } = world.host;
      world.host.sleep = async () => {
        throw new TierlinkError('INTERRUPTED');
      };
      const died = await applyTo(world, plan);
      expect([died.state, deployments.all().at(-1)?.status]).toEqual(['cancelled', 'Pending']);
      world.host.sleep = async (ms) => {
        release();
        await sleep(ms);
      };
      const { state, value } = await applyTo(world, plan);
      expect([state, value?.resumed]).toEqual(['succeeded', died.id]);
      expect((await audited())[0]).toMatchObject({ record_id: first, run_id: died.id });
      const made = plan.steps.filter(({ action }) => action === 'create' || action === 'extend');
      expect(deployments.all().length - before).toBe(made.length);
    } finally {
      await world.simulator.close();
    }
  },
);

it('a deployment that a dead process left at work, and that takes too long, stays with that process', async () => {
  const world = await openWithRegion();
  try {
    const plan = await planOf(world);
    const release = world.simulator.deployments.hold();
    const { sleep } = world.host;
    let now = clock.now();
    world.host.now = () => now;
    world.host.sleep = async (ms) => {
      now += ms * 100;
    };
    const waiting = { code: 'INSTALL_WAITING' };
    await expect(applyTo(world, plan)).rejects.toMatchObject(waiting);
    await expect(applyTo(world, plan)).rejects.toMatchObject(waiting);
    expect(world.simulator.deployments.all()).toHaveLength(1);
    release();
    world.host.sleep = sleep;
    const { state, value } = await applyTo(world, plan);
    const [first] = await audited();
    expect([state, first?.record_id, first?.run_id]).toEqual([
      'succeeded',
      'object Tierlink_Decision__c',
      value?.resumed,
    ]);
  } finally {
    await world.simulator.close();
  }
});
