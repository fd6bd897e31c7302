import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Plan } from '../../src/plan/item.ts';
import { approvePlan } from '../../src/plan/record.ts';
import type { Store } from '../../src/store/store.ts';
import type { Connector } from '../../src/sync/connector.ts';
import { setWriteBack } from '../../src/sync/links/connection-settings.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { expireLeases, Killed, Lifetime, mortalConnector, mortalStore } from '../sync/dying.ts';
import { choose, openPlanHouse, type PlanHouse } from './plan-house.ts';

let store: Store;
let house: PlanHouse;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

/**
 * A partner that its deals make silver, one with a conflict that is decided for our side, and one of which a field is left
 * to the CRM.
 */
async function openStory(): Promise<Plan> {
  await emptyStore(store);
  house = await openPlanHouse(store);
  const [silver, torn] = ['Adatum', 'Contoso', 'Fabrikam'].map((name) =>
    house.addPartner(name, { Phone: '1', Region: 'North' }),
  ) as [string, string, string];
  house.addDeal(silver, '2000.00');
  await house.pass();
  await store.query(`update tierlink.partner set phone = '2', known_from = now() where name = 'Contoso'`);
  house.crm.update('Account', torn, { Phone: '3' });
  const plan = await house.plan();
  return choose(plan, (attribute, item) => {
    if (attribute === 'phone') return 'ours';
    return attribute === 'tierStatus' && item.name === 'Fabrikam' ? 'theirs' : null;
  });
}

/** What a person takes back: a run of a plan, after which somebody edited a field that it wrote. */
async function openUndoing(): Promise<Plan> {
  const plan = await openStory();
  const { id } = await house.approved(plan);
  house.crm.update('Account', accountOf('Adatum'), { Tier_Status: 'mine' });
  return await house.undo(id);
}

function accountOf(name: string): string {
  return house.crm.rows('Account').find((row) => row.fields.Name === name)!.id;
}

interface Story {
  open: () => Promise<Plan>;
  isWriteBack: boolean;
  /** Whether the CRM's answers to writes are lost. */
  isDeaf: boolean;
}

async function open({ open: begin, isWriteBack, isDeaf }: Story): Promise<Plan> {
  const plan = await begin();
  const { connection, clock } = house;
  const change = { store, clock, id: connection.alias, actor: 'admin', mappings: connection.mappings() };
  if (isWriteBack) await setWriteBack({ ...change, on: true });
  if (isDeaf) house.crm.faults.add({ kind: 'lostAnswer', object: 'Account', times: 1 });
  house.sent.length = 0;
  await approvePlan(plan, { store, clock, actor: 'admin', reason: 'Reviewed.', file: 'it.plan' });
  return plan;
}

async function untilDeath(life: Lifetime, plan: Plan): Promise<void> {
  const { connection } = house;
  const connector: Connector = mortalConnector(connection.connector(), life);
  const mortal = { ...connection, connector: () => connector };
  const engine = { ...house.engine, actor: 'admin', store: mortalStore(store, life) };
  try {
    await house.apply(plan, { engine, configured: [mortal] });
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
  }
}

/** The step with which the plan is noted as begun. */
async function firstStepOf(story: Story): Promise<{ first: number; last: number }> {
  const plan = await open(story);
  const life = new Lifetime(Number.POSITIVE_INFINITY);
  const whole = mortalStore(store, life);
  let first = 0;
  const noting: Store = {
    ...whole,
    query: async (sql, parameters) => {
      const rows = await whole.query(sql, parameters);
      if (sql.includes('insert into tierlink.plan as p')) first = life.steps;
      return rows as never;
    },
  };
  await house.apply(plan, { engine: { ...house.engine, actor: 'admin', store: noting } });
  return { first, last: life.steps };
}

const audited = `action <> 'setting' and coalesce(entity, '') <> 'connectionStatus'`;
const auditOfRecords = `select object, record_id, action, before, after, decision_id, actor, plan_id, why,
    (select kind from tierlink.run r where r.id = a.run_id) as kind
  from tierlink.audit a where ${audited} order by object, record_id, action, before::text, after::text`;
/** A sync may write what the plan would have, where it is allowed to: some of a record before the rest of it. */
const auditOfFields = `select object, record_id, action, field, before -> field as before, after -> field as after
  from tierlink.audit, jsonb_object_keys(coalesce(before, '{}') || coalesce(after, '{}')) as field where ${audited}
  order by object, record_id, action, field, (before -> field)::text, (after -> field)::text`;

/** Both sides as they end up, without times and ids of runs, with everything that must not be there twice. */
async function endState({ isWriteBack }: Story) {
  const links = await store.query<{ base: Record<string, unknown> }>(
    `select object, crm_id, record_id, state, base, keyed from tierlink.link where entity <> 'connectionStatus'
     order by object, record_id`,
  );
  const tables = {
    audit: isWriteBack ? auditOfFields : auditOfRecords,
    pending: 'select object, record_id, state, attributes from tierlink.pending_write order by 1, 2',
    differences: 'select object, record_id, attribute, ours, theirs from tierlink.difference order by 2, 3',
    partners: 'select id, name, region, phone from tierlink.partner order by id',
    plans: 'select id, state from tierlink.plan order by id',
  };
  const rows: Record<string, unknown> = {};
  for (const [name, sql] of Object.entries(tables)) rows[name] = await store.query(sql);
  const crm = ['Account', 'Decision', 'KPI_Period'].map((object) =>
    house.records(object).sort((a, b) => (String(a.Our_Id) < String(b.Our_Id) ? -1 : 1)),
  );
  return { ...rows, links: links.map(withoutMoments), crm };
}

/** Ids that the CRM makes depend on the order; when it was written, on how often a process died. */
function withoutMoments({ base, ...row }: { base: Record<string, unknown> } & Record<string, unknown>) {
  const plain = Object.entries(base).map(([name, entry]) => {
    const { sent: _sent, ...rest } = (isPair(entry) ? entry : { ours: entry, theirs: entry }) as Record<
      string,
      unknown
    >;
    return [name, rest];
  });
  return { ...row, crm_id: row.object === 'Account' ? row.crm_id : '', base: Object.fromEntries(plain) };
}

function isPair(entry: unknown): boolean {
  return typeof entry === 'object' && entry !== null && 'theirs' in entry;
}

/** Writes to one record, or to a field of it where a sync may write too, that reached the CRM more than once. */
function twice({ isWriteBack }: Story): string[] {
  const names = house.sent.flatMap(({ object, id, key, fields }) => {
    const record = `${object} ${id ?? key}`;
    return isWriteBack ? Object.keys(fields).map((field) => `${record} ${field}`) : [record];
  });
  return names.filter((name, index) => names.indexOf(name) !== index);
}

/** Each death costs more than a second; which steps are tried is another one in each story. */
const every = Number(process.env.TIERLINK_KILL_EVERY ?? 10);

const stories: (Story & { name: string })[] = [
  { name: 'an apply', open: openStory, isWriteBack: false, isDeaf: false },
  { name: 'an apply with write-back on', open: openStory, isWriteBack: true, isDeaf: false },
  {
    name: 'an apply of which an answer is lost',
    open: openStory,
    isWriteBack: false,
    isDeaf: true,
  },
  { name: 'an undo', open: openUndoing, isWriteBack: false, isDeaf: false },
  { name: 'an undo with write-back on', open: openUndoing, isWriteBack: true, isDeaf: false },
];

describe('killed', () => {
  it.each(stories.map((story, index) => ({ ...story, index })))(
    '$name ends by the same command as if it had never been',
    async ({ index, ...story }) => {
      const { first, last } = await firstStepOf(story);
      await house.pass();
      await house.pass();
      const clean = await endState(story);
      expect(clean).toMatchObject({
        plans: expect.arrayContaining([{ id: expect.any(String), state: 'applied' }]),
      });
      expect(first).toBeGreaterThan(20);
      for (let step = first - every + index; step <= last; step += every) {
        const plan = await open(story);
        await untilDeath(new Lifetime(step), plan);
        await expireLeases(store);
        const began = await store.query(`select 1 from tierlink.plan where state = 'applying'`);
        const sent = house.sent.length;
        if (began.length > 0 && (step - first) % 2 === 0) {
          await house.pass();
          if (!story.isWriteBack) expect({ step, sent: house.sent.length }).toEqual({ step, sent });
        }
        if (
          (
            await store.query(`select 1 from tierlink.plan where id = $1 and state = 'applied'`, [
              plan.head.id,
            ])
          ).length === 0
        )
          await house.apply(plan, { engine: { ...house.engine, actor: 'admin' } });
        await house.pass();
        await house.pass();
        expect({ step, ...(await endState(story)) }).toEqual({ step, ...clean });
        if (!story.isDeaf) expect({ step, twice: twice(story) }).toEqual({ step, twice: [] });
      }
    },
    600_000,
  );
});
