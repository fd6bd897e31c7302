import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { job as evaluateTiers } from '../../jobs/evaluate-tiers.ts';
import { job as pruneHistory } from '../../jobs/prune-history.ts';
import { job as pullChanges } from '../../jobs/pull-changes.ts';
import { job as pushChanges } from '../../jobs/push-changes.ts';
import { job as recomputeKpis } from '../../jobs/recompute-kpis.ts';
import { job as refreshMetadata } from '../../jobs/refresh-metadata.ts';
import { job as sendAlerts } from '../../jobs/send-alerts.ts';
import { job as verifyCompleteness } from '../../jobs/verify-completeness.ts';
import type { App } from '../../src/app.ts';
import type { AnyJob } from '../../src/queue/define-job.ts';
import { loadJobs } from '../../src/queue/load-jobs.ts';
import type { Store } from '../../src/store/open-store.ts';
import { runKpis, runPull, runTiers } from '../../src/sync/pass/steps.ts';
import { setConnectionState } from '../../src/sync/records/connections.ts';
import { runJobContract } from '../contract/job.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { openPassHouse, type PassHouse } from '../sync/pass-house.ts';
import { jobWorld } from './job-world.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

/** An org after its first days, in which people then changed a few things. */
async function changedOrg(): Promise<PassHouse> {
  await emptyStore(store);
  const house = await openPassHouse(store);
  const northwind = house.addPartner('Northwind', { Phone: '111' });
  house.addPartner('Contoso', { Tier: 'Gold' });
  house.addDeal(northwind, '1500.00');
  await house.pass();
  await house.turnOn();
  await house.pass();
  house.addDeal(northwind, '4000.00');
  house.crm.update('Account', northwind, { Phone: '222' });
  house.crm.remove('Account', house.addPartner('Gone'));
  house.clock.time += 60_000;
  return house;
}

/** Each step of a pass done, up to the one that the job does. */
async function after(...steps: ('pull' | 'kpis' | 'tiers')[]): Promise<PassHouse> {
  const house = await changedOrg();
  if (steps.includes('pull')) await runPull(house.engine, house.connection);
  if (steps.includes('kpis')) await runKpis(house.engine);
  if (steps.includes('tiers')) await runTiers(house.engine, [house.connection]);
  return house;
}

async function afterTwoYears(): Promise<PassHouse> {
  const house = await changedOrg();
  await house.pass();
  house.clock.time += 900 * 86_400_000;
  return house;
}

async function withNewField(): Promise<PassHouse> {
  const house = await changedOrg();
  house.crm.hide('Account', 'Region');
  return house;
}

/** A record that nobody was told of, made long before. */
async function withLateRow(): Promise<PassHouse> {
  const house = await changedOrg();
  await house.pass();
  const deals = house.crm.object('Deal')!;
  const { seq } = deals;
  const row = deals.rows.get(house.addDeal(house.crm.rows('Account')[0]!.id, '77.00'))!;
  row.seq = 0;
  deals.seq = seq;
  house.clock.time += 60_000;
  return house;
}

async function inNeedOfAPerson(): Promise<PassHouse> {
  const house = await changedOrg();
  await setConnectionState(store.db, { id: 'north', state: 'action_required' });
  return house;
}

const connection = { connection: 'north' };
const arranged: Record<string, { job: unknown; payload: unknown; arrange(): Promise<PassHouse> }> = {
  'pull-changes': { job: pullChanges, payload: connection, arrange: () => after() },
  'recompute-kpis': { job: recomputeKpis, payload: {}, arrange: () => after('pull') },
  'evaluate-tiers': { job: evaluateTiers, payload: {}, arrange: () => after('pull', 'kpis') },
  'push-changes': { job: pushChanges, payload: connection, arrange: () => after('pull', 'kpis', 'tiers') },
  'refresh-metadata': { job: refreshMetadata, payload: connection, arrange: withNewField },
  'prune-history': { job: pruneHistory, payload: {}, arrange: afterTwoYears },
  'verify-completeness': { job: verifyCompleteness, payload: connection, arrange: withLateRow },
  'send-alerts': { job: sendAlerts, payload: {}, arrange: inNeedOfAPerson },
};

describe.each(Object.keys(arranged))('job %s', (name) => {
  const { job, payload, arrange } = arranged[name]!;
  runJobContract({ job: job as AnyJob<App>, payload, make: async () => jobWorld(store, await arrange()) });
});

describe('the jobs folder', () => {
  it('holds these jobs and no other, each explained', async () => {
    const jobs = await loadJobs<App>();
    expect(jobs.map(({ name }) => name).sort()).toEqual(Object.keys(arranged).sort());
    for (const { description } of jobs) expect(description).toMatch(/^[A-Z].+\.$/);
  });
});
