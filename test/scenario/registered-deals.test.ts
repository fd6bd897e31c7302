import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TierlinkError } from '../../src/errors.ts';
import { newRecordId } from '../../src/model/record-id.ts';
import { fromPackageRoot } from '../../src/package-root.ts';
import { applyPlan } from '../../src/plan/apply.ts';
import { parsePlan, planText } from '../../src/plan/file.ts';
import { makePlan } from '../../src/plan/make.ts';
import type { Store } from '../../src/store/store.ts';
import type { Connector } from '../../src/sync/connector.ts';
import { importFile } from '../../src/sync/import/import.ts';
import { moveLink } from '../../src/sync/links/changes.ts';
import { suggestLinks } from '../../src/sync/links/suggest.ts';
import { loadMappings } from '../../src/sync/mapping/mapping.ts';
import { type PassResult, runPass } from '../../src/sync/pass/pass.ts';
import { listRejects, retryRejects } from '../../src/sync/push/rejects.ts';
import { boundTo } from '../plan/plan-house.ts';
import { type Channel, idsOf } from '../services/channel/channel.ts';
import { crms, startChannel } from '../services/channel/start.ts';
import {
  type ChannelEngine,
  channelAlias,
  openChannelEngine,
  starterProgram,
} from '../services/channel-engine.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { expireLeases, Killed } from '../sync/dying.ts';

/** Deals that partners registered, with the mapping that ships for them: found in the CRM, or created there once. */

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

describe.each(crms)('on %s', (crm) => {
  let channel: Channel;
  let clock: number;
  let process: ChannelEngine;
  let partner: string;
  let customer: string;
  /** What stands between us and the CRM. */
  let between: (connector: Connector) => Connector;

  beforeAll(async () => {
    await emptyStore(store);
    clock = Date.parse('2026-03-02T10:00:00Z');
    between = (connector) => connector;
    const [registering] = loadMappings(fromPackageRoot(`mappings/${crm}-registered`));
    channel = await startChannel(crm, {
      seed: 7,
      now: () => clock,
      program: starterProgram(),
      adapt: (shipped) =>
        shipped.map((each) =>
          each.entity === 'deal' && each.object === registering!.object ? registering! : each,
        ),
    });
    [partner, customer] = idsOf(
      channel.add('partner', { name: 'Harbour Systems', type: 'reseller', startedOn: '2024-01-01' }),
      channel.add('customer', { name: 'Kestrel Foods' }),
    ) as [string, string];
    await open();
    await pass();
    await process.takeOver();
    await pass();
  });
  afterAll(() => channel.close());

  /** A new process. */
  async function open(): Promise<void> {
    const { connect, mappings } = channel;
    process = await openChannelEngine({ store, now: () => clock, connections: [{ crm, connect, mappings }] });
  }

  async function pass(more: { createsPerRun?: number } = {}): Promise<PassResult> {
    clock += 60_000;
    const { connection, engine } = process;
    const connector = between(connection.connector());
    const own = { ...connection, ...more, connector: () => connector };
    const { value } = await runPass({ engine, connections: [own], configured: [own] });
    return value!;
  }

  async function register(...rows: readonly string[]) {
    const head = 'id,partner,role,name,customer,amount,currency,stage,close_on,is_won';
    return await importFile('deals', [head, ...rows].join('\n'), {
      store,
      clock: { now: () => clock },
      context: { timeZone: 'UTC', currency: 'USD' },
      author: 'olga',
      file: 'deals.csv',
    });
  }

  const row = (id: string, name: string) =>
    `${id},Harbour Systems,sourced,${name},Kestrel Foods,5000.00,USD,Qualification,2026-06-30,`;
  const ours = (id: string) => newRecordId('deal', 'import', 'deals', `id:${id}`);
  const named = (name: string) => channel.rows('deal').filter((deal) => deal.name === name);
  const sell = (name: string, buyer = customer) =>
    idsOf(
      channel.add('deal', {
        name,
        customer: buyer,
        partner,
        amount: '5000',
        closeOn: '2026-06-30',
        state: 'open',
      }),
    )[0]!;

  async function linked(id: string): Promise<string[]> {
    const rows = await store.query<{ crm_id: string }>(
      `select crm_id from tierlink.link where record_id = $1 and connection = $2 and state = 'live'`,
      [ours(id), channelAlias],
    );
    return rows.map((each) => each.crm_id);
  }

  /** Partners that the deal is credited to, once each. */
  async function creditsOf(id: string): Promise<number> {
    const rows = await store.query(
      `select from tierlink.credit where deal = $1 and deleted_at is null and partner is not null`,
      [ours(id)],
    );
    return rows.length;
  }

  it('one that is not there is created once with its partner, also where the answer is lost', async () => {
    await register(row('D-3', 'Cold store extension').replace('Kestrel Foods', ''));
    let lost = 0;
    between = (connector) => ({
      ...boundTo(connector),
      write: async (request) => {
        const results = await connector.write(request);
        if (lost > 0 || !request.rows.some(({ key }) => key === ours('D-3'))) return results;
        lost += 1;
        throw new TierlinkError('CRM_UNREACHABLE', { connection: channelAlias, reason: 'nobody answers' });
      },
    });
    await pass();
    expect(lost).toBe(1);
    between = (connector) => connector;
    clock += 3_600_000;
    await pass();
    await pass();
    const made = named('Cold store extension');
    expect(made).toMatchObject([{ partner, amount: '5000', closeOn: '2026-06-30' }]);
    expect([await linked('D-3'), await creditsOf('D-3')]).toEqual([[made[0]!.id], 1]);
    const [deal] = await store.query('select amount::text, close_on::text from tierlink.deal where id = $1', [
      ours('D-3'),
    ]);
    expect(deal).toEqual({ amount: expect.stringMatching(/^5000/), close_on: '2026-06-30' });
  });

  it('one that is there beyond doubt is linked, and credits its partner once', async () => {
    const there = sell('Warehouse rollout');
    await register(row('D-1', 'Warehouse rollout'));
    const { adopted } = await pass();
    expect(adopted).toMatchObject([{ crmId: there, recordId: ours('D-1') }]);
    await pass();
    expect([named('Warehouse rollout').length, await linked('D-1'), await creditsOf('D-1')]).toEqual([
      ...[1, [there], 1],
    ]);
  });

  it('one that may be there waits, and links name it', async () => {
    const [buyer] = idsOf(channel.add('customer', { name: 'Pelican Foods' }));
    const there = sell('Forklift service', buyer);
    await pass();
    await register(row('D-2', 'Forklift rental').replace('Kestrel', 'Pelican').replace('5000.00', '4800.00'));
    const { connections } = await pass();
    expect(connections[0]?.push?.undecided).toMatchObject([{ count: 1 }]);
    const { connections: configured } = process;
    const told = await suggestLinks(store, { connections: configured, kind: 'registration', atLeast: 0 });
    const pair = told.find(({ one, other }) => [one.recordId, other.recordId].includes(ours('D-2')));
    expect(pair?.other.links.map(({ crmId }) => crmId)).toContain(there);
    await pass();
    expect(named('Forklift rental')).toEqual([]);
    // Sales loses it: then it was another one.
    idsOf(channel.remove('deal', there));
    await pass();
    expect(named('Forklift rental')).toMatchObject([{ customer: buyer }]);
  });

  it('one whose customer the CRM does not have waits for it, and the rejects say so', async () => {
    await register(row('D-8', 'Grain silo').replace('Kestrel Foods', 'Heron Mills'));
    await pass();
    expect(named('Grain silo')).toEqual([]);
    const rejects = await listRejects(store, { code: 'RECORD_PARENT' });
    expect(rejects).toMatchObject([{ record_id: ours('D-8'), direction: 'out' }]);
    // The customer of the file is found to be one that the CRM has.
    const [heron] = idsOf(channel.add('customer', { name: 'Heron Mills' }));
    await pass();
    const link = { connection: channelAlias, object: rejects[0]!.object, entity: 'customer' as const };
    const [there] = await store.query<{ object: string; record_id: string }>(
      `select object, record_id from tierlink.link where crm_id = $1 and entity = 'customer'`,
      [heron],
    );
    const [file] = await store.query<{ customer: string }>(
      'select customer from tierlink.deal where id = $1',
      [ours('D-8')],
    );
    await moveLink(process.engine, {
      link: { ...link, object: there!.object, crmId: heron! },
      to: file!.customer,
      reason: 'the same company',
    });
    await store.transaction((tx) =>
      retryRejects(tx, { filter: { code: 'RECORD_PARENT' }, clock: { now: () => clock }, actor: 'olga' }),
    );
    await pass();
    await pass();
    expect(named('Grain silo')).toMatchObject([{ customer: heron }]);
    expect(await listRejects(store, { code: 'RECORD_PARENT' })).toEqual([]);
  });

  it('one whose process dies between the creation and the link is not created again', async () => {
    await register(row('D-4', 'Loading dock').replace('Kestrel Foods', ''));
    between = (connector) => ({
      ...boundTo(connector),
      write: async (request) => {
        const results = await connector.write(request);
        if (request.rows.some(({ key }) => key === ours('D-4'))) throw new Killed();
        return results;
      },
    });
    await expect(pass()).rejects.toThrow(Killed);
    expect([named('Loading dock').length, await linked('D-4')]).toEqual([1, []]);
    between = (connector) => connector;
    await expireLeases(store);
    await open();
    await pass();
    await pass();
    expect(named('Loading dock')).toMatchObject([{ partner }]);
    expect([(await linked('D-4')).length, await creditsOf('D-4')]).toEqual([1, 1]);
  });

  it('one whose partner sales changes is the partner of the CRM, also when the file comes again', async () => {
    const [other] = idsOf(
      channel.add('partner', { name: 'Tern Consulting', type: 'reseller', startedOn: '2024-01-01' }),
    );
    const registration = row('D-9', 'Ice works').replace('Kestrel Foods', '');
    await register(registration);
    await pass();
    await pass();
    const [made] = named('Ice works');
    const credited = async () => {
      const rows = await store.query<{ name: string }>(
        `select p.name from tierlink.credit c join tierlink.partner p on p.id = c.partner
         where c.deal = $1 and c.deleted_at is null order by 1`,
        [ours('D-9')],
      );
      return rows.map(({ name }) => name);
    };
    expect(await credited()).toEqual(['Harbour Systems']);
    idsOf(channel.edit('deal', made!.id, { partner: other! }));
    await pass();
    expect(await credited()).toEqual(['Tern Consulting']);
    const { ignored } = await register(registration);
    expect(ignored).toMatchObject([{ column: 'partner', reason: expect.stringContaining(channelAlias) }]);
    expect(await credited()).toEqual(['Tern Consulting']);
    idsOf(channel.edit('deal', made!.id, { partner }));
    await pass();
    expect(await credited()).toEqual(['Harbour Systems']);
    expect((await register(registration)).ignored).toEqual([]);
    expect(await credited()).toEqual(['Harbour Systems']);
  });

  it('more than a sync may create wait for a plan, and what is won already is not created', async () => {
    await register(
      row('D-5', 'Scales').replace('Kestrel Foods', ''),
      row('D-6', 'Shelves').replace('Kestrel Foods', ''),
      `${row('D-7', 'Conveyor').replace('Kestrel Foods', '')}true`,
    );
    const { connections } = await pass({ createsPerRun: 1 });
    expect(connections[0]?.push?.heldCreates).toMatchObject([{ count: 2 }]);
    expect([...named('Scales'), ...named('Shelves')]).toEqual([]);
    const { engine, connection } = process;
    const plan = await makePlan({ engine, connections: [connection], configured: [connection] });
    const created = plan.value!.items.filter(({ kind }) => kind === 'create');
    expect(created.map((item) => ('name' in item ? item.name : null)).sort()).toEqual(['Scales', 'Shelves']);
    const scales = created.find((item) => 'name' in item && item.name === 'Scales');
    const shown = scales !== undefined && 'changes' in scales ? scales.changes : [];
    const [mapping] = loadMappings(fromPackageRoot(`mappings/${crm}-registered`));
    expect(shown).toContainEqual(
      expect.objectContaining({ attribute: 'credit.sourced', label: mapping!.credits![0]!.field }),
    );
    clock += 10_000;
    await applyPlan({
      engine,
      plan: parsePlan(planText(plan.value!), 'it.plan'),
      file: 'it.plan',
      configured: [connection],
      confirm: new Map(),
      limit: 500,
    });
    const asRegistered = [{ partner, amount: '5000', closeOn: '2026-06-30' }];
    expect(named('Scales')).toMatchObject(asRegistered);
    expect([named('Shelves'), named('Conveyor')]).toMatchObject([asRegistered, []]);
    await pass();
    expect([await creditsOf('D-5'), await creditsOf('D-6')]).toEqual([1, 1]);
  });
});
