import { isTierlinkError } from '../../src/errors.ts';
import type { Store } from '../../src/store/store.ts';
import type { OwnerRules } from '../../src/sync/owners.ts';
import { type PassResult, runPass } from '../../src/sync/pass/pass.ts';
import { retryRejects } from '../../src/sync/push/rejects.ts';
import type { Call, Channel } from '../services/channel/channel.ts';
import { type Crm, startChannel } from '../services/channel/start.ts';
import { type ChannelEngine, openChannelEngine, starterProgram } from '../services/channel-engine.ts';
import { expireLeases, Killed, Lifetime, mortalConnector, mortalStore } from '../sync/dying.ts';
import type { Value } from './convergence-model.ts';
import { editOurs, type OursOf, oursOf, restoreTables, saveTables } from './convergence-ours.ts';
import { type Shared, sharedMappings } from './convergence-shared.ts';

/** A CRM that feeds the program, and its connection. */
export interface Site {
  alias: string;
  channel: Channel;
}

/** How a pass ended, as somebody outside sees it. */
export type Ending = 'whole' | 'broken';

/** CRMs and a store that have met, over and over again from the same beginning. */
export interface World {
  sites: readonly Site[];
  store: Store;
  clock: { time: number };
  /** Everything as after the first passes. */
  begin(): Promise<void>;
  /** A pass that may meet whatever is in its way; anything but a named error is thrown. */
  pass(more?: Risk): Promise<Ending>;
  /** Two processes pass at the same time. */
  passTwice(): Promise<Ending>;
  /** A pass that nothing may stop. */
  mustPass(more?: { full?: boolean }): Promise<PassResult>;
  /** Changes our side as the program or an import does; false when the record is not in play with us. */
  editOurs(what: Shared, at: { site: Site; id: string }, value: Value): Promise<boolean>;
  /** Our values of everything that is in play with us. */
  ours(): Promise<OursOf>;
  /** From now on writes to a CRM take another of its lanes. */
  takeLane(site: Site, lane: number): void;
  /** A person looks at what was refused and tries again. */
  retryAll(): Promise<void>;
  /** Calls that change records, so far. */
  writes(): readonly Call[];
  close(): Promise<void>;
}

/** What happens to a pass. */
export interface Risk {
  /** Steps of its own after which the process dies. */
  diesAfter?: number;
  /** Reports after which it is told to stop. */
  stopsAfter?: number;
  /** What somebody does when its n-th call reaches a CRM. */
  atCall?: { call: number; act(): void };
}

export interface WorldOptions {
  crms: readonly Crm[];
  /** What people did before the CRMs and the program met. */
  before?: (sites: readonly Site[]) => void;
  owners?: OwnerRules;
}

const start = Date.parse('2026-03-02T10:00:00Z');
const aliases = ['north', 'south'];

export async function openWorld(store: Store, { crms, before, owners }: WorldOptions): Promise<World> {
  const clock = { time: start };
  const now = () => clock.time;
  const program = starterProgram();
  const sites: Site[] = [];
  for (const [index, crm] of crms.entries())
    sites.push({
      alias: aliases[index]!,
      channel: await startChannel(crm, { seed: 7 + index, now, program, adapt: sharedMappings }),
    });
  before?.(sites);
  const lanes = new Map<Site, string>();
  const open = (over: Store, signal?: AbortSignal): Promise<ChannelEngine> =>
    openChannelEngine({
      store: over,
      now,
      connections: sites.map((site) => ({
        alias: site.alias,
        crm: site.channel.crm.id,
        connect: { ...site.channel.connect, ...site.channel.lanes[lanes.get(site) ?? 'usual'] },
        mappings: site.channel.mappings,
      })),
      program,
      ...(owners === undefined ? {} : { owners }),
      ...(signal === undefined ? {} : { signal }),
    });

  const first = await open(store);
  await first.pass();
  await first.takeOver();
  for (let times = 0; times < 2; times += 1) {
    clock.time += 600_000;
    await first.pass();
  }
  const begun = clock.time;
  await saveTables(store);
  const beginnings = sites.map(({ channel }) => channel.snapshot());

  return {
    sites,
    store,
    clock,
    begin: async () => {
      for (const beginning of beginnings) beginning.restore();
      for (const { channel } of sites) channel.calls.reset();
      clock.time = begun;
      lanes.clear();
      await restoreTables(store);
    },
    pass: async (more = {}) => {
      clock.time += 10_000;
      const stop = more.atCall === undefined ? undefined : actAtCall(sites, clock, more.atCall);
      try {
        return await passAtRisk(store, open, more);
      } finally {
        stop?.();
        await expireLeases(store);
      }
    },
    passTwice: async () => {
      clock.time += 10_000;
      try {
        await Promise.all([passAtRisk(store, open, {}), passAtRisk(store, open, {})]);
      } finally {
        await expireLeases(store);
      }
      // Each of them may have left to the other what the other had begun.
      return 'broken';
    },
    takeLane: (site, lane) => {
      const names = Object.keys(site.channel.lanes);
      lanes.set(site, names[lane % names.length]!);
    },
    mustPass: async ({ full } = {}) => {
      clock.time += 600_000;
      const { pass } = await open(store);
      return await pass(full === undefined ? {} : { full });
    },
    editOurs: (what, { site, id }, value) =>
      editOurs(store, { what, connection: site.alias, crmId: id, value, now: now() }),
    ours: () => oursOf(store),
    retryAll: async () => {
      await store.transaction((tx) => retryRejects(tx, { filter: {}, clock: { now }, actor: 'admin' }));
    },
    writes: () => sites.flatMap(({ channel }) => channel.calls.made().filter(({ isWrite }) => isWrite)),
    close: async () => {
      for (const { channel } of sites) await channel.close();
    },
  };
}

type Opener = (over: Store, signal?: AbortSignal) => Promise<ChannelEngine>;

async function passAtRisk(
  store: Store,
  open: Opener,
  { diesAfter = Number.POSITIVE_INFINITY, stopsAfter }: Risk,
): Promise<Ending> {
  const life = new Lifetime(diesAfter);
  const stop = new AbortController();
  const { engine, connections } = await open(store, stop.signal);
  let events = 0;
  engine.onProgress = () => {
    events += 1;
    if (events === stopsAfter) stop.abort();
  };
  try {
    const { value } = await runPass({
      engine: { ...engine, store: mortalStore(store, life) },
      connections: connections.map((connection) => {
        const connector = mortalConnector(connection.connector(), life);
        return { ...connection, connector: () => connector };
      }),
    });
    return value !== undefined && isWhole(value) ? 'whole' : 'broken';
  } catch (error) {
    if (!(error instanceof Killed) && !isTierlinkError(error)) throw error;
    return 'broken';
  }
}

/** A deed in the middle of a pass; time goes on by a second with it. The result ends it. */
function actAtCall(
  sites: readonly Site[],
  clock: { time: number },
  { call, act }: NonNullable<Risk['atCall']>,
): () => void {
  let counted = 0;
  const hook = () => {
    counted += 1;
    if (counted !== call) return;
    clock.time += 1_000;
    act();
  };
  const ends = sites.map(({ channel }) => channel.calls.watch(hook));
  return () => {
    for (const end of ends) end();
  };
}

function isWhole({ connections }: PassResult): boolean {
  return connections.every(
    ({ error, pull, push }) =>
      error === null &&
      pull?.problems.length === 0 &&
      pull.skipped.length === 0 &&
      push !== null &&
      push.total.claimed === push.total.created + push.total.updated + push.total.unchanged,
  );
}
