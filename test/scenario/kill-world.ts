import type { Channel } from '../services/channel/channel.ts';
import { People, preludes } from './kill-changes.ts';
import type { Death, Length } from './kill-deaths.ts';
import type { MustDie } from './kill-must.ts';
import type { WorkerPool } from './kill-process.ts';
import { type Outcome, Run } from './kill-run.ts';
import { openSide, type Side, type SideOptions } from './kill-sides.ts';
import { type EndState, endStateOf } from './kill-state.ts';
import type { KillStores } from './kill-stores.ts';
import { type Part, type Stage, stages } from './kill-words.ts';

/** The CRMs of a world, how they are filled and connected, and where one dies in it in any case. */
export interface WorldOptions {
  /** Decides what the CRMs hold and what happens in them. */
  seed: number;
  sides: readonly SideOptions[];
  /** Deaths at the places that matter most: each is met in every run of the tests, whatever else is drawn. */
  mustDie: readonly MustDie[];
  /** Some writes are bulk jobs. (Default: false) */
  hasJobs?: boolean;
}

/** CRMs whose people live by one clock with the processes that are killed. */
export interface KillOrg {
  sides: readonly Side[];
  clock: { time: number };
  /** Only what stands in the way in this stage anyway does so. */
  calm(): void;
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
  options: WorldOptions;
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
  const beginnings = new Map<Stage, { restore: () => void; store: string | null }>();
  const chapters: Chapter[] = [];

  const begin = (stage: Stage) => {
    org.clock.time = Date.parse(preludes[stage].at);
    org.calm();
    for (const { channel } of org.sides) channel.calls.reset();
  };
  const play = async (stage: Stage, deaths: readonly Death[]) => {
    const outcome = await new Run(scene, { stage, deaths }).play();
    return { ...outcome, end: endStateOf(outcome.store, org.sides) };
  };
  await stores.restore(null);
  let store: string | null = null;
  const gone = org.sides.map((): string[] => []);
  for (const stage of stages) {
    begin(stage);
    for (const [index, { channel }] of org.sides.entries()) {
      // Nothing stands in the way of people.
      channel.clearFaults();
      preludes[stage].happen(new People(channel, { seed: options.seed, gone: gone[index]! }));
    }
    org.calm();
    beginnings.set(stage, { restore: snapshotOf(org.sides.map(({ channel }) => channel)), store });
    const { lengths, end } = await play(stage, []);
    chapters.push({ stage, lengths, end });
    store = `world_${options.seed}_before_${stages[stages.indexOf(stage) + 1] ?? 'the_end'}`;
    await stores.save(store);
  }
  return {
    options,
    chapters,
    play: async (stage, deaths) => {
      const beginning = beginnings.get(stage)!;
      await stores.restore(beginning.store);
      beginning.restore();
      begin(stage);
      return await play(stage, deaths);
    },
    close: async () => {
      for (const { channel } of org.sides) await channel.close();
    },
  };
}

function snapshotOf(channels: readonly Channel[]): () => void {
  const snapshots = channels.map((channel) => channel.snapshot());
  return () => {
    for (const snapshot of snapshots) snapshot.restore();
  };
}

async function openOrg({ seed, sides: wanted }: WorldOptions): Promise<KillOrg> {
  const clock = { time: Date.parse(preludes.read.at) };
  const now = () => clock.time;
  const sides: Side[] = [];
  for (const [index, side] of wanted.entries()) sides.push(await openSide(side, { seed: seed + index, now }));
  return {
    sides,
    clock,
    calm: () => {
      for (const side of sides) {
        side.channel.clearFaults();
        // Until people decide, the CRM refuses what the program writes to one account.
        if (now() < Date.parse(preludes.decide.at)) side.refuseWritesTo('Partner 6');
      }
    },
  };
}
