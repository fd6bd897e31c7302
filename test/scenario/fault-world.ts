import type { Store } from '../../src/store/store.ts';
import { runPass } from '../../src/sync/pass/pass.ts';
import { runMetadataCheck } from '../../src/sync/pass/steps.ts';
import { retryRejects } from '../../src/sync/push/rejects.ts';
import { type Channel, type ChannelFault, day, idsOf } from '../services/channel/channel.ts';
import type { Crm } from '../services/channel/start.ts';
import { type ChannelEngine, openChannelEngine } from '../services/channel-engine.ts';
import { emptyStore } from '../services/test-store.ts';
import { ownersOf } from './kill-mappings.ts';
import { openSide, type Side } from './kill-sides.ts';
import { type EndState, endStateOf, storeState } from './kill-state.ts';

/** A small business in one CRM or in two, to which the same days happen over and over again, with and without a fault. */
export interface FaultWorld {
  /** First read, edits of people, takeover of the tiers, first write; all of it under the fault. Then passes without it. */
  play(fault?: { crm: Crm; fault: ChannelFault }): Promise<FaultOutcome>;
  close(): Promise<void>;
}

export interface FaultOutcome {
  /** Codes that the passes under the fault told, by CRM. */
  told: Record<string, string[]>;
  /** Movements downwards that were decided. */
  down: number;
  /** Records that the last passes wrote: nothing was left to write. */
  written: number;
  /** All sides afterwards, without instants: what a fault holds up is known later. */
  end: EndState;
}

const start = Date.parse('2026-03-02T10:00:00Z');
const hour = 3_600_000;

export async function openFaultWorld(store: Store, crms: readonly Crm[]): Promise<FaultWorld> {
  const clock = { time: start };
  const now = () => clock.time;
  const sides: Side[] = [];
  for (const crm of crms)
    sides.push(await openSide({ alias: crm, crm, settings: settings[crm] }, { seed: 7, now }));
  const late = sides.map(({ channel }) => prepare(channel));
  const beginnings = sides.map(({ channel }) => channel.snapshot());
  const open = async () => {
    const connections = sides.map(({ alias, crm, connect, channel: { mappings } }) => {
      return { alias, crm, connect, mappings };
    });
    const owners = ownersOf({ connections });
    return await openChannelEngine({
      store,
      now,
      connections,
      ...(owners === undefined ? {} : { owners }),
      // Who waits finds it later.
      sleep: async (ms) => {
        clock.time += ms;
      },
    });
  };
  return {
    play: async (faulty) => {
      await emptyStore(store);
      for (const beginning of beginnings) beginning.restore();
      clock.time = start;
      const channel = await open();
      const struck = sides.find(({ crm }) => crm === faulty?.crm);
      const strike = () => {
        if (faulty !== undefined) struck!.channel.addFault(faulty.fault);
      };
      const calm = () => {
        for (const side of sides) side.channel.clearFaults();
      };
      strike();
      const told = await firstDays(channel, { sides, late, clock }, (deeds) => {
        // What strikes the program is not in the way of people.
        calm();
        deeds();
        strike();
      });
      calm();
      const written = await laterDays(channel, clock);
      const decided = await store.query<{ movement: string }>('select movement from tierlink.decision');
      const down = decided.filter(({ movement }) => ['warn', 'demote'].includes(movement)).length;
      const end = endStateOf(await storeState(store), sides);
      return { told, down, written, end: withoutHistory(end) };
    },
    close: async () => {
      for (const { channel } of sides) await channel.close();
    },
  };
}

/** Few rows go through several lanes. */
const settings: Readonly<Record<Crm, Readonly<Record<string, string>>>> = {
  salesforce: {},
  dynamics: { rowsPerWrite: '5', rowsPerBatch: '3' },
};

/** Two partners are known by number, and a deal is not there yet; its id. */
function prepare(channel: Channel): string {
  for (const { id, name } of channel.rows('partner')) {
    if (name === 'Partner 1' || name === 'Partner 4')
      idsOf(channel.edit('partner', id, { number: `P-${name}` }));
  }
  return idsOf(channel.remove('deal', channel.rows('deal').at(-1)!.id))[0]!;
}

interface Days {
  sides: readonly Side[];
  /** Ids of the deals that come while the fault is on, by side. */
  late: readonly string[];
  clock: { time: number };
}

async function firstDays(
  channel: ChannelEngine,
  { sides, late, clock }: Days,
  undisturbed: (deeds: () => void) => void,
): Promise<FaultOutcome['told']> {
  const { store } = channel.engine;
  const told = new Map(sides.map(({ alias }) => [alias, new Set<string>()]));
  const pass = async () => {
    const { value } = await runPass({ engine: channel.engine, connections: channel.connections });
    for (const { connection, error, pull } of value!.connections) {
      for (const each of [error, ...(pull?.problems ?? []).map((problem) => problem.error)])
        if (each !== null) told.get(connection)!.add(each.code);
    }
  };
  await pass();
  undisturbed(() => {
    for (const [index, { channel: crm }] of sides.entries()) liveOn(crm, late[index]!);
  });
  clock.time += hour;
  await channel.takeOver();
  await pass();
  const refused = await store.query<{ connection: string; code: string }>(
    'select distinct connection, code from tierlink.reject',
  );
  for (const { connection, code } of refused) told.get(connection)!.add(code);
  return Object.fromEntries([...told].map(([alias, codes]) => [alias, [...codes].sort()]));
}

/** People work while nobody may be listening. */
function liveOn(channel: Channel, late: string): void {
  const [edited, moved] = channel.rows('deal');
  const [partner, other] = channel.rows('partner');
  idsOf(
    channel.edit('deal', edited!.id, { state: 'won', amount: '650000', closeOn: day(channel, -1) }),
    channel.edit('deal', moved!.id, { partner: other!.id }),
    channel.edit('partner', partner!.id, { phone: '+46 555', region: 'APAC' }),
    channel.restore(late),
  );
}

/** Passes after the fault, with a person who checks the mappings and tries again what was refused, until a full one. */
async function laterDays(channel: ChannelEngine, clock: Days['clock']): Promise<number> {
  const { store, clock: told } = channel.engine;
  const pass = async (full = false) => {
    clock.time += hour;
    const { connections } = await channel.pass({ full });
    return connections.reduce((sum, { push }) => sum + (push?.total.claimed ?? 0), 0);
  };
  clock.time += hour;
  for (const connection of channel.connections) await runMetadataCheck(channel.engine, connection);
  await store.transaction((tx) => retryRejects(tx, { filter: {}, clock: told, actor: 'admin' }));
  await pass();
  await pass();
  return await pass(true);
}

/** What a record was when it was joined follows from when that was. */
function withoutBefore(line: string): string {
  const { before: _history, ...match } = JSON.parse(line) as Record<string, unknown>;
  return JSON.stringify(match);
}

function mergedAway(line: string): string | null {
  const { id, merged_into: into } = JSON.parse(line) as { id: string; merged_into: string | null };
  return into === null ? null : id;
}

/** What tells when and by which steps the end was reached; decisions that were made before all was read are kept for good. */
const history = /^(audit|setting|record_version|decision|newcomer)$|(ecision(__c)?|opportunityclose)$/;

/** Rows without instants; a decision of another instant has another id. */
function withoutHistory(state: EndState): EndState {
  const blank = (line: string) =>
    line
      .replaceAll(/\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}[\d:.Z+]*/g, 'then')
      .replaceAll(/\b1[78]\d{11}\b/g, 'then')
      .replaceAll(/\{[^{}]*"ours":"then"[^{}]*\}/g, '"then"')
      .replaceAll(/\bdec_[0-9a-z]+/g, 'a decision');
  const gone = state.partner!.map(mergedAway).filter((id) => id !== null);
  // A partner that another CRM turned out to hold too keeps the figures that were computed of it alone.
  const isTold: Record<string, (line: string) => boolean> = {
    link: (line) => !line.includes('"entity":"decision"'),
    kpi_value: (line) => !gone.some((id) => line.includes(`"partner_id":"${id}"`)),
  };
  const told = (table: string, line: string) => blank(table === 'match' ? withoutBefore(line) : line);
  const kept = Object.entries(state).filter(([table]) => !history.test(table));
  return Object.fromEntries(
    kept.map(([table, lines]) => [
      table,
      lines
        .filter(isTold[table] ?? Boolean)
        .map((line) => told(table, line))
        .sort(),
    ]),
  );
}
