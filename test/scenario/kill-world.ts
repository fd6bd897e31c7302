import { shippedMappings, starterProgram } from '../services/channel-engine.ts';
import { type ChannelOrg, startChannelOrg } from '../services/channel-org.ts';
import { type OrgSnapshot, snapshotOf } from '../services/org-snapshot.ts';
import { People, preludes } from './kill-changes.ts';
import type { Death, Length } from './kill-deaths.ts';
import type { WorkerPool } from './kill-process.ts';
import { type Outcome, Run } from './kill-run.ts';
import { type EndState, endStateOf } from './kill-state.ts';
import type { KillStores } from './kill-stores.ts';
import { type Part, type Stage, stages } from './kill-words.ts';

/** How an org is filled and connected. */
export interface WorldOptions {
  /** Decides what the org holds and what happens in it. */
  seed: number;
  /** Settings of the connection, such as from how many rows on it uses bulk jobs. */
  settings: Readonly<Record<string, string>>;
}

/** An org whose people live by one clock with the processes that are killed. */
export interface KillOrg {
  channel: ChannelOrg;
  clock: { time: number };
  /** What a connection is told. */
  connect: Readonly<Record<string, string>>;
}

/** A stage as one clean run goes through it. */
export interface Chapter {
  stage: Stage;
  lengths: Record<Part, Length>;
  /** Both sides afterwards. */
  end: EndState;
}

/** One clean run through all stages, each of which can be begun again. */
export interface KillWorld {
  chapters: Chapter[];
  /** Goes through a stage from its beginning, with deaths. */
  play(stage: Stage, deaths: readonly Death[]): Promise<Outcome & { end: EndState }>;
  close(): Promise<void>;
}

export async function openKillWorld(
  options: WorldOptions,
  { stores, workers }: { stores: KillStores; workers: WorkerPool },
): Promise<KillWorld> {
  const org = await openOrg(options);
  const scene = { org, stores, workers };
  const beginnings = new Map<Stage, { org: OrgSnapshot; store: string | null }>();
  const chapters: Chapter[] = [];

  const begin = (stage: Stage) => {
    org.clock.time = Date.parse(preludes[stage].at);
    org.channel.standIn.simulator.calls.reset();
  };
  const play = async (stage: Stage, deaths: readonly Death[]) => {
    const outcome = await new Run(scene, { stage, deaths }).play();
    return { ...outcome, end: endStateOf(outcome.store, org.channel.org) };
  };
  await stores.restore(null);
  let store: string | null = null;
  for (const stage of stages) {
    begin(stage);
    preludes[stage].happen(new People(org.channel, options.seed));
    beginnings.set(stage, { org: snapshotOf(org.channel.org), store });
    const { lengths, end } = await play(stage, []);
    chapters.push({ stage, lengths, end });
    store = `world_${options.seed}_before_${stages[stages.indexOf(stage) + 1] ?? 'the_end'}`;
    await stores.save(store);
  }
  return {
    chapters,
    play: async (stage, deaths) => {
      const beginning = beginnings.get(stage)!;
      await stores.restore(beginning.store);
      beginning.org.restore();
      begin(stage);
      return await play(stage, deaths);
    },
    close: () => org.channel.close(),
  };
}

async function openOrg({ seed, settings }: WorldOptions): Promise<KillOrg> {
  const clock = { time: Date.parse(preludes.read.at) };
  const now = () => clock.time;
  const channel = await startChannelOrg({
    seed,
    now,
    program: starterProgram(),
    mappings: shippedMappings(),
  });
  // Until people decide, the org refuses what the program writes to one account.
  channel.org.addValidationRule('Account', (row, { caller }) =>
    !caller.isAdmin && row.Name === 'Partner 6' && now() < Date.parse(preludes.decide.at)
      ? { message: 'This account is on hold' }
      : null,
  );
  return { channel, clock, connect: { ...channel.standIn.options, ...settings } };
}
