import { type Applied, applyPlan } from '../../src/plan/apply.ts';
import { parsePlan, planText } from '../../src/plan/file.ts';
import type { Plan } from '../../src/plan/item.ts';
import { makePlan } from '../../src/plan/make.ts';
import { approvePlan } from '../../src/plan/record.ts';
import { makeUndo } from '../../src/plan/undo.ts';
import type { Store } from '../../src/store/store.ts';
import type { PassConnection } from '../../src/sync/engine.ts';
import { setTierMode } from '../../src/sync/links/connection-settings.ts';
import type { RunResult } from '../../src/sync/records/runs.ts';
import { restoreTables, saveTables } from '../property/convergence-ours.ts';
import { sharedMappings } from '../property/convergence-shared.ts';
import type { Channel } from '../services/channel/channel.ts';
import { type Crm, startChannel } from '../services/channel/start.ts';
import { type ChannelEngine, openChannelEngine, starterProgram } from '../services/channel-engine.ts';
import { noting, type SentRow } from './plan-house.ts';

/** What a CRM holds, by object and id. */
export type Contents = ReadonlyMap<string, ReadonlyMap<string, unknown>>;

/** The small business in a simulated CRM, which the program has written to once by a plan, over and over again from there. */
export interface SimulatorHouse {
  store: Store;
  channel: Channel;
  clock: { time: number };
  engine: ChannelEngine['engine'];
  connection: PassConnection;
  /** Every row that the CRM was sent since the beginning, in order. */
  sent: SentRow[];
  /** Everything as after the first plan was applied. */
  begin(): Promise<void>;
  plan(): Promise<Plan>;
  /** Approved and applied. */
  apply(plan: Plan): Promise<RunResult<Applied>>;
  undo(run: string): Promise<Plan>;
  /** What the CRM holds of every mapped object. */
  contents(): Contents;
  /** Whether a field is the CRM's own stamp, our key, or of the status of the connection: in no plan. */
  isOwn(object: string, field: string): boolean;
  close(): Promise<void>;
}

/** When the business is first looked at, epoch ms. */
export const simulatorStart = Date.parse('2026-03-02T10:00:00Z');

/** The business in a CRM of its own, in which every policy is in use. */
export async function openDrifting(store: Store, crm: Crm): Promise<SimulatorHouse> {
  const clock = { time: simulatorStart };
  const options = { seed: 7, now: () => clock.time, program: starterProgram(), adapt: sharedMappings };
  return await openSimulatorHouse(store, clock, await startChannel(crm, options));
}

/** The business in a CRM that was started by this clock. `connect`: what the connection is told. (Default: what it has to be) */
export async function openSimulatorHouse(
  store: Store,
  clock: { time: number },
  channel: Channel,
  connect = channel.connect,
): Promise<SimulatorHouse> {
  const now = () => clock.time;
  const { mappings } = channel;
  const connections = [{ crm: channel.crm.id, connect, mappings }];
  const own = await openChannelEngine({ store, now, connections });
  const { engine } = own;
  const sent: SentRow[] = [];
  const noted = noting(own.connection.connector(), sent);
  const connection: PassConnection = { ...own.connection, connector: () => noted };
  const configured = [connection];
  const of = { engine, connections: configured, configured };
  await own.pass();
  await setTierMode({
    ...{ store, clock: engine.clock, id: connection.alias, actor: 'admin' },
    ...{ mode: 'owned', mappings: connection.mappings() },
  });

  const house: Omit<SimulatorHouse, 'begin'> = {
    ...{ store, channel, clock, engine, connection, sent },
    plan: async () => {
      clock.time += 60_000;
      return made(await makePlan(of));
    },
    apply: async (plan) => {
      clock.time += 60_000;
      const file = 'it.plan';
      await approvePlan(plan, { store, clock: engine.clock, actor: 'admin', reason: 'Reviewed.', file });
      const request = { engine, file, configured, confirm: new Map(), limit: 500 };
      return await applyPlan({ ...request, plan: parsePlan(planText(plan), file) });
    },
    undo: async (undoes) => {
      clock.time += 60_000;
      return made(await makeUndo({ ...of, undoes }));
    },
    contents: () => contentsOf(channel, new Set(mappings.map(({ object }) => object))),
    isOwn: (object, field) =>
      stamps.test(field) ||
      mappings.some(
        (each) => each.object === object && (each.key === field || each.entity === 'connectionStatus'),
      ),
    close: () => channel.close(),
  };
  await house.apply(await house.plan());
  const begun = clock.time;
  await saveTables(store);
  const beginning = channel.snapshot();
  return {
    ...house,
    begin: async () => {
      beginning.restore();
      // It is the same day each time: all of them together may make more calls than a CRM takes in one.
      channel.calls.reset();
      clock.time = begun;
      sent.length = 0;
      await restoreTables(store);
    },
  };
}

function made<T>({ value, reason, state }: RunResult<T>): T {
  if (value === undefined) throw new Error(reason ?? state);
  return value;
}

/** What a CRM stamps on a row by itself whenever it is written. */
const stamps = /^(SystemModstamp|LastModified\w+|LastActivityDate|modified\w*|versionnumber|_modified\w+)$/;

function contentsOf(channel: Channel, objects: ReadonlySet<string>): Contents {
  const { org } = channel as Channel & { org: { dump(object: string): Record<string, unknown>[] } };
  const records = [...objects].flatMap((object) =>
    org.dump(object).map((row) => {
      const fields = Object.entries(row).map(([field, value]) => [field, value ?? null] as const);
      return [`${object} ${row.Id ?? row[`${object}id`]}`, new Map(fields)] as const;
    }),
  );
  return new Map(records);
}
