import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { expireLeases, Killed, Lifetime, mortalConnector, mortalStore } from './dying.ts';
import { fakeCapabilities } from './fake-crm.ts';
import { type House, openHouse } from './push-house.ts';

let store: Store;
let house: House;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());
let bulkFrom = fakeCapabilities.bulkWriteFrom!;
beforeEach(() => {
  bulkFrom = fakeCapabilities.bulkWriteFrom!;
});

/** Three partners with a decided tier each, one of which another rule of the CRM refuses. */
async function fresh(): Promise<void> {
  await emptyStore(store);
  house = await openHouse(store);
  house.crm.bulkFrom = bulkFrom;
  for (const name of ['Adatum', 'Contoso', 'Fabrikam']) {
    const id = await house.addPartner(name);
    await house.decideTier(id, 'Silver');
  }
}

/** Both sides as they end up, with everything that must not be there twice. */
async function endState() {
  const links = await store.query(
    'select object, crm_id, record_id, state, base, keyed from tierlink.link order by object, record_id',
  );
  const audit = await store.query(
    `select object, record_id, action, before, after, decision_id from tierlink.audit
     where action in ('create', 'update') order by object, record_id, action`,
  );
  const open = await store.query('select record_id, state from tierlink.pending_write order by record_id');
  const crm = Object.fromEntries(
    [...house.crm.objects].map(([object, records]) => [
      object,
      [...records.values()].map((record) => record.fields).sort(byKey),
    ]),
  );
  return { links: links.map(withoutRandomIds), audit, open, crm };
}

function byKey(a: Record<string, unknown>, b: Record<string, unknown>): number {
  return String(a.Our_Id) < String(b.Our_Id) ? -1 : 1;
}

/** Ids of records that the CRM made depend on the order in which they were made. */
function withoutRandomIds(row: Record<string, unknown>): Record<string, unknown> {
  return row.object === 'Account' ? row : { ...row, crm_id: '' };
}

/** Which writes the CRM saw, each row once for every time that it changed something. */
function writeCounts(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { object, id } of house.crm.writes) {
    counts[`${object} ${id}`] = (counts[`${object} ${id}`] ?? 0) + 1;
  }
  return counts;
}

const capabilities = () => ({ ...fakeCapabilities, bulkWriteFrom: bulkFrom });

async function pushUntilDeath(life: Lifetime): Promise<void> {
  try {
    await house.push({
      store: mortalStore(store, life),
      connector: mortalConnector(house.crm, life),
      capabilities: capabilities(),
    });
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
  }
}

describe('a push that is killed', () => {
  it.each([
    ['in single calls', 50],
    ['in bulk jobs', 2],
  ])(
    '%s ends after a restart as if it had never been, and writes nothing twice',
    async (_name, from) => {
      bulkFrom = from;
      await fresh();
      const whole = new Lifetime(Number.POSITIVE_INFINITY);
      await pushUntilDeath(whole);
      const clean = await endState();
      expect(clean.open).toEqual([]);
      expect(clean.crm.Decision).toHaveLength(3);
      for (let step = 1; step <= whole.steps; step += 1) {
        await fresh();
        const life = new Lifetime(step);
        await pushUntilDeath(life);
        expect(life.isDead).toBe(true);
        await expireLeases(store);
        await house.push({ capabilities: capabilities() });
        const end = await endState();
        expect({ step, ...end }).toEqual({ step, ...clean });
        expect({ step, often: Object.values(writeCounts()).filter((count) => count > 1) }).toEqual({
          step,
          often: [],
        });
      }
    },
    600_000,
  );
});
