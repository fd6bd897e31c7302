import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isTierlinkError } from '../../src/errors.ts';
import { choiceFields } from '../../src/plan/choices.ts';
import type { Plan } from '../../src/plan/item.ts';
import type { Store } from '../../src/store/store.ts';
import { groupRejects, retryRejects } from '../../src/sync/push/rejects.ts';
import { loadConnection } from '../../src/sync/records/connections.ts';
import { editOurs } from '../property/convergence-ours.ts';
import { shared, sharedMappings } from '../property/convergence-shared.ts';
import { crms, startChannel } from '../services/channel/start.ts';
import { starterProgram } from '../services/channel-engine.ts';
import { openTestStore } from '../services/test-store.ts';
import { openSimulatorHouse, type SimulatorHouse, simulatorStart } from './simulator-house.ts';
import { type Outcome, type Place, type Situation, situations } from './situations.ts';

/**
 * A plan of three telephone numbers, and something nasty around it: what came of it is told by the run, the rejects and the
 * connection, nothing is sent twice, the next plan ends it once it is mended, and all of it can be put back.
 */

const what = shared.find(({ entity, attribute }) => entity === 'partner' && attribute === 'phone')!;
const hour = 3_600_000;

describe.each(crms)('in %s', (crm) => {
  let store: Store;
  let house: SimulatorHouse;
  const skew = { ms: 0 };
  beforeAll(async () => {
    store = await openTestStore();
    const clock = { time: simulatorStart };
    const now = () => clock.time + skew.ms;
    const options = { seed: 7, now, program: starterProgram(), adapt: sharedMappings };
    house = await openSimulatorHouse(store, clock, await startChannel(crm, options));
  });
  afterAll(async () => {
    await house.close();
    await store.close();
  });

  const call = async (crmId: string, phone: string): Promise<void> => {
    const at = { connection: house.connection.alias, crmId, now: house.clock.time };
    await editOurs(store, { what, ...at, value: phone });
  };
  /** The telephone numbers as the CRM has them; null where the partner is gone. */
  const phones = ({ partners }: Pick<Place, 'partners'>) =>
    partners.map((id) => house.channel.find('partner', id)?.phone ?? null);
  const isOurs = (phone: string | null) => phone?.startsWith('+1 555') === true;

  async function begin(): Promise<Place> {
    skew.ms = 0;
    await house.begin();
    const partners = house.channel.rows('partner').slice(0, 3);
    const place = { crm, house, partners: partners.map(({ id }) => id), skew, call };
    for (const [index, id] of place.partners.entries()) await call(id, `+1 555 ${index}`);
    return place;
  }

  async function apply(plan: Plan): Promise<{ to: string; id: string | null }> {
    try {
      const { state, id } = await house.apply(plan);
      return { to: state, id };
    } catch (error) {
      if (!isTierlinkError(error)) throw error;
      return { to: error.code, id: null };
    }
  }

  async function toldOf(plan: Plan, { to }: { to: string }, place: Place): Promise<Outcome> {
    const rejects = (await groupRejects(store)).map(
      ({ code, count, owner, retry }) => `${count} ${code}, ${owner}, ${retry}`,
    );
    const invalid = plan.items.flatMap((item) => (item.kind === 'invalid' ? [item.code] : []));
    return {
      to: to as Outcome['to'],
      arrives: phones(place).filter(isOurs).length,
      ...(rejects.length === 0 ? {} : { rejects }),
      ...(invalid.length === 0 ? {} : { invalid }),
    };
  }

  /** What the person does who is told: mends it, tries again, and plans what is left. Returns the run, where there was one. */
  async function settled(place: Place, { mend }: Situation): Promise<string | null> {
    mend?.(place);
    house.clock.time += hour;
    await store.transaction((tx) =>
      retryRejects(tx, { filter: {}, clock: house.engine.clock, actor: 'admin' }),
    );
    const plan = await house.plan();
    return phonesIn(plan) === 0 ? null : (await apply(plan)).id;
  }

  const phonesIn = (plan: Plan) =>
    choiceFields(plan).filter(({ field }) => field.attribute === 'phone' && field.choice === 'ours').length;

  const told = situations.filter(({ crms: of = crms }) => of.includes(crm));
  it.each(told.map((each) => [each.name, each] as const))('%s', async (_name, situation) => {
    const place = await begin();
    const before = phones(place);
    await situation.before?.(place);
    const plan = await house.plan();
    house.clock.time += 60_000;
    await situation.between?.(place);
    const first = await apply(plan);
    const outcome = await toldOf(plan, first, place);
    expect(outcome).toEqual(situation.comes[crm]);

    const second = await settled(place, situation);
    const live = phones(place).filter((phone) => phone !== null);
    expect(live.filter((phone) => !isOurs(phone))).toEqual([]);
    expect(await groupRejects(store)).toEqual([]);
    expect(await loadConnection(store.db, house.connection.alias)).toMatchObject({ state: 'healthy' });
    expect(phonesIn(await house.plan())).toBe(0);

    const written = new Map<string, unknown>();
    // What wrote nothing has nothing to be put back.
    for (const run of [second, outcome.arrives === 0 ? null : first.id].filter((each) => each !== null))
      for (const item of (await house.undo(run)).items)
        if ('changes' in item)
          for (const change of item.changes)
            if (change.attribute === 'phone') written.set(String(item.crmId), change.after);
    const expected = place.partners.flatMap((id, index) =>
      phones(place)[index] === null ? [] : [[id, before[index]] as const],
    );
    expect([...written].sort()).toEqual(expected.sort());
  });
});
