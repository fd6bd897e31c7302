import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { planText } from '../../src/plan/file.ts';
import { makeFixPlan } from '../../src/plan/fixes.ts';
import type { Plan } from '../../src/plan/item.ts';
import { approvePlan } from '../../src/plan/record.ts';
import { openStore, type Store } from '../../src/store/open-store.ts';
import { runPass } from '../../src/sync/pass/pass.ts';
import { listRejects } from '../../src/sync/push/rejects.ts';
import { type NewReject, recordRejects } from '../../src/sync/records/reject-record.ts';
import { type Drift, happen } from '../plan/simulator-drifts.ts';
import { openSimulatorHouse, type SimulatorHouse, simulatorStart } from '../plan/simulator-house.ts';
import { restoreTables, saveTables } from '../property/convergence-ours.ts';
import { type Bundle, bundle } from '../services/bundle.ts';
import { describeWith } from '../services/describe-with.ts';
import { postgresPrograms } from '../services/postgres.ts';
import { createTestDatabase, type TestDatabase } from '../services/shared-database.ts';
import { expireLeases } from '../sync/dying.ts';
import { watchCalls } from './kill-calls.ts';
import { type Death, rowByRow } from './kill-deaths.ts';
import { Died, type WorkerPool, workerPool } from './kill-process.ts';
import { openSide, type Side, type SideOptions } from './kill-sides.ts';
import { differencesOf, type EndState, endStateOf, storeState } from './kill-state.ts';
import type { StoreState, Task } from './kill-words.ts';

/** Commands that decide something are killed, and given again, as people do who see no answer. */

const sides: readonly SideOptions[] = [
  { alias: 'north', crm: 'salesforce', settings: {} },
  // Few rows go through every lane: pages of bulk messages, what is left of them in a batch, and single requests.
  { alias: 'north', crm: 'dynamics', settings: { rowsPerWrite: '5', rowsPerBatch: '3', pageSize: '8' } },
];

const statement = (match: string, at = 1): Death => ({
  part: 'work',
  kind: 'statement',
  match,
  at,
  afterMs: 0,
});
const onWrite = (kind: 'call' | 'refusedCall', at = 1): Death => ({
  ...{ part: 'work', kind, at, afterMs: 0 },
  isWrite: true,
});
const onRead: Death = { part: 'work', kind: 'refusedCall', at: 1, afterMs: 0 };
const broken: Death = { part: 'work', kind: 'brokenCall', match: rowByRow, isWrite: true, at: 1, afterMs: 0 };

/** When tiers were evaluated follows from when it is read back what was written, and a restart reads earlier. */
function withoutEvaluated(state: StoreState): StoreState {
  const rows = state.tier_state!.map(({ evaluated_at: _at, changed_at: _changed, ...row }) => row);
  return { ...state, tier_state: rows };
}

interface Story {
  name: string;
  /** What people did before the command, and the command. */
  prepare(house: SimulatorHouse): Promise<Task>;
  /** Each comes after the other: what the next one meets is what the last one left. */
  deaths: readonly Death[];
}

const drifts: readonly Drift[] = [
  ...[0, 1, 2].map((which): Drift => ({ kind: 'ours', what: 0, which, value: which + 1 })),
  ...[0, 3, 6].map((which): Drift => ({ kind: 'trade', site: 0, deed: 'stage', which, other: which })),
  { kind: 'trade', site: 0, deed: 'amount', which: 1, other: 3 },
  { kind: 'add', which: 0 },
  { kind: 'byHand', which: 4 },
];

async function applying(house: SimulatorHouse, plan: Plan): Promise<Task> {
  const { store, engine } = house;
  const approval = { store, clock: engine.clock, actor: 'admin', reason: 'Reviewed.', file: 'it.plan' };
  await approvePlan(plan, approval);
  return { do: 'apply', plan: planText(plan) };
}

async function drifted(house: SimulatorHouse): Promise<Plan> {
  for (const drift of drifts) await happen(house, drift);
  return await house.plan();
}

/** What a person would type for a telephone number. */
const typed = '+46 8 555 0199';

/** Two partners whose telephone number could not be used, and whoever corrects it. */
async function rejected({ store, channel, connection, clock }: SimulatorHouse): Promise<void> {
  const mapping = connection.mappings().find(({ entity, key }) => entity === 'partner' && key !== undefined)!;
  const { object } = mapping;
  const { field } = mapping.attributes.phone!;
  const partners = channel.rows('partner').slice(0, 2);
  for (const [at, { id }] of partners.entries()) channel.edit('partner', id, { phone: `call me ${at}` });
  const rejects = partners.map(({ id: crmId }, at): NewReject => {
    const payload = { field, value: `call me ${at}` };
    const place = { connection: connection.alias, object, entity: 'partner' as const, crmId };
    return {
      ...place,
      direction: 'in',
      attribute: 'phone',
      code: 'RECORD_INVALID',
      message: 'no number',
      payload,
    };
  });
  await recordRejects(store, rejects, { now: new Date(clock.time).toISOString(), runId: null });
  await store.query(
    `update tierlink.reject r set record_id = l.record_id from tierlink.link l
     where l.object = r.object and l.crm_id = r.crm_id and l.entity = r.entity`,
  );
}

async function corrected(house: SimulatorHouse): Promise<Plan> {
  await rejected(house);
  const fixes = (await listRejects(house.store)).map((reject) => ({ reject, typed }));
  const { value } = await makeFixPlan({ engine: house.engine, configured: [house.connection] }, fixes);
  return value!.plan!;
}

/** The first partner, as the CRM and we know it. */
async function firstPartner({ store, channel }: SimulatorHouse) {
  const { id: crmId } = channel.rows('partner')[0]!;
  const [link] = await store.query<{ object: string; to: string }>(
    `select object, record_id as to from tierlink.link where crm_id = $1 and entity = 'partner' and base <> '{}'`,
    [crmId],
  );
  return { ...link!, crmId };
}

const stories: readonly Story[] = [
  {
    name: 'apply',
    prepare: async (house) => await applying(house, await drifted(house)),
    deaths: [
      statement('insert into tierlink.plan as p'),
      onWrite('refusedCall'),
      statement("set state = 'in_flight'"),
      broken,
      onWrite('call'),
      statement('insert into tierlink.audit'),
      onWrite('call'),
      statement('update tierlink.plan'),
    ],
  },
  {
    name: 'undo',
    prepare: async (house) => {
      const { id } = await house.apply(await drifted(house));
      return await applying(house, await house.undo(id));
    },
    deaths: [onWrite('refusedCall'), onWrite('call'), statement('insert into tierlink.audit')],
  },
  {
    name: 'verify',
    prepare: async () => ({ do: 'verify' }),
    deaths: [statement('insert into tierlink.verification'), statement('commit', 3)],
  },
  {
    name: 'links break',
    prepare: async (house) => ({ do: 'break', ...(await firstPartner(house)) }),
    deaths: [statement('insert into tierlink.audit'), statement('commit', 1)],
  },
  {
    name: 'rejects fix',
    prepare: async (house) => {
      await rejected(house);
      return { do: 'fix', typed };
    },
    deaths: [statement('insert into "tierlink"."run"'), onRead, statement('update "tierlink"."run"')],
  },
  {
    name: 'apply of what rejects fix plans',
    prepare: async (house) => await applying(house, await corrected(house)),
    deaths: [
      statement('insert into tierlink.plan as p'),
      onWrite('refusedCall'),
      broken,
      onWrite('call'),
      statement('insert into tierlink.audit'),
      statement('update tierlink.plan'),
    ],
  },
  {
    name: 'links apart',
    prepare: async ({ store }) => {
      const rows = await store.query<{ id: string }>('select id from tierlink.partner order by id limit 2');
      return { do: 'apart', records: rows.map(({ id }) => id) as [string, string] };
    },
    deaths: [statement('insert into tierlink.audit'), statement('commit', 1)],
  },
  {
    name: 'links make',
    prepare: async (house) => {
      const partner = await firstPartner(house);
      await happen(house, { kind: 'break', which: 0 });
      return { do: 'make', ...partner };
    },
    deaths: [statement('insert into tierlink.audit'), statement('commit', 1)],
  },
];

describeWith(postgresPrograms)('a command that is killed', () => {
  let program: Bundle;
  let workers: WorkerPool;
  beforeAll(() => {
    program = bundle('test/scenario/kill-child.ts');
    workers = workerPool(program);
  });
  afterAll(async () => {
    await workers.close();
    program.remove();
  });

  describe.each(sides.map((side) => [side.crm, side] as const))('over %s', (_crm, options) => {
    let database: TestDatabase;
    let store: Store;
    let side: Side;
    let house: SimulatorHouse;
    beforeAll(async () => {
      database = await createTestDatabase();
      store = await openStore({ dataFolder: '', databaseUrl: database.url });
      const clock = { time: simulatorStart };
      side = await openSide(options, { seed: 7, now: () => clock.time });
      house = await openSimulatorHouse(store, clock, side.channel, side.connect);
    });
    afterAll(async () => {
      await house.close();
      await store.close();
      await database.drop();
    });

    /** Gives the command to a process; whether it lived to the end of it. */
    async function give(task: Task, death?: Death): Promise<boolean> {
      const worker = await workers.take();
      const watch = watchCalls([side], { death, killNow: worker.killNow, held: { release: null } });
      try {
        const { alias, crm, connect } = side;
        const site = {
          store: { dataFolder: '', databaseUrl: database.url },
          connections: [{ alias, crm, connect }],
        };
        await worker.ask({ kind: 'open', site, now: house.clock.time }, 'opened');
        const at = death?.kind === 'statement' ? { text: death.match, at: death.at, afterMs: 0 } : null;
        await worker.ask({ kind: 'task', task, now: house.clock.time, death: at }, 'done');
        await worker.ask({ kind: 'close', keepCode: death === undefined }, 'closed');
        return true;
      } catch (error) {
        if (!(error instanceof Died)) throw error;
        return false;
      } finally {
        watch.stop();
        await worker.kill();
        side.channel.clearFaults();
        await expireLeases(store);
      }
    }

    /** Gives the command until it is done, and says where it ended once all that follows was done too. */
    async function play(task: Task, deaths: readonly Death[]): Promise<{ died: Death[]; end: EndState }> {
      const died: Death[] = [];
      for (const death of deaths) if (!(await give(task, death))) died.push(death);
      await give(task);
      house.clock.time += 600_000;
      await runPass({ engine: house.engine, connections: [house.connection] });
      return { died, end: endStateOf(withoutEvaluated(await storeState(store)), [side]) };
    }

    it.each(stories.map((story) => [story.name, story] as const))(
      '%s ends as one clean run when it is given again',
      async (_name, { prepare, deaths }) => {
        await house.begin();
        const task = await prepare(house);
        await saveTables(store, 'prepared');
        const there = side.channel.snapshot();
        const { time } = house.clock;
        const clean = await play(task, []);
        there.restore();
        house.clock.time = time;
        await restoreTables(store, 'prepared');
        const { died, end } = await play(task, deaths);
        expect({ died, differences: differencesOf(clean.end, end) }).toEqual({
          died: deaths,
          differences: {},
        });
      },
    );
  });
});
