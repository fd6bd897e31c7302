import { type HeldJobs, letGo, watchCalls } from './kill-calls.ts';
import type { Death, Length } from './kill-deaths.ts';
import { Died, type Worker, type WorkerPool } from './kill-process.ts';
import type { KillStores } from './kill-stores.ts';
import { type ChildAnswer, type Part, parts, type Stage, type StoreState } from './kill-words.ts';
import type { KillOrg } from './kill-world.ts';

export interface Play {
  stage: Stage;
  /** Of one part in the order in which they are to come. */
  deaths: readonly Death[];
}

export interface Outcome {
  store: StoreState;
  lengths: Record<Part, Length>;
  /** Deaths that took place. */
  died: Death[];
  /** Records that the last pass wrote. */
  written: number;
}

export interface Scene {
  org: KillOrg;
  stores: KillStores;
  workers: WorkerPool;
}

const quietAfterMs = 600_000;

/** Works through a stage in processes that die as planned, each time starting another one. */
export class Run {
  readonly #scene: Scene;
  readonly #play: Play;
  readonly #left: Death[];
  readonly #died: Death[] = [];
  readonly #held: HeldJobs = { release: null };
  readonly #lengths: Partial<Record<Part, Length>> = {};
  #worker: Worker | null = null;
  #written = 0;

  constructor(scene: Scene, play: Play) {
    this.#scene = scene;
    this.#play = play;
    this.#left = [...play.deaths];
  }

  async play(): Promise<Outcome> {
    const { clock } = this.#scene.org;
    const end = clock.time + quietAfterMs;
    try {
      for (const part of parts) {
        if (part === 'quiet') clock.time = end;
        while (!(await this.#attempt(part)));
      }
      const worker = await this.#living();
      const { state } = await worker.ask({ kind: 'dump' }, 'state');
      await worker.ask({ kind: 'close', keepCode: this.#play.deaths.length === 0 }, 'closed');
      const lengths = this.#lengths as Record<Part, Length>;
      return { store: state, lengths, died: this.#died, written: this.#written };
    } finally {
      letGo(this.#held);
      await this.#worker?.kill();
    }
  }

  /** True when the part was done to its end. */
  async #attempt(part: Part): Promise<boolean> {
    const death = this.#left.find((each) => each.part === part);
    const watch = watchCalls(this.#scene.org.sides, {
      death,
      killNow: () => this.#worker?.killNow(),
      held: this.#held,
    });
    const startedAt = Date.now();
    try {
      const done = await this.#work(part, death);
      this.#lengths[part] = { ...done, ...watch.counts, ms: Date.now() - startedAt };
      this.#written = done.written;
      return true;
    } catch (error) {
      if (!(error instanceof Died) || death === undefined) throw error;
      await this.#bury(death);
      return false;
    } finally {
      watch.stop();
      this.#scene.org.calm();
    }
  }

  async #work(part: Part, death: Death | undefined): Promise<Extract<ChildAnswer, { kind: 'done' }>> {
    const { clock } = this.#scene.org;
    const { stage } = this.#play;
    if (death?.kind === 'moment') return await this.#untilMoment(part, death);
    const worker = await this.#living();
    const byStatement =
      death?.kind === 'statement' ? { text: death.match, at: death.at, afterMs: death.afterMs } : null;
    return await worker.ask({ kind: 'go', stage, part, now: clock.time, death: byStatement }, 'done');
  }

  /** Kills at any instant, that of opening the store included. */
  async #untilMoment(part: Part, death: Death): Promise<Extract<ChildAnswer, { kind: 'done' }>> {
    await this.#worker?.kill();
    this.#worker = null;
    const timer = setTimeout(() => this.#worker?.killNow(), death.at);
    try {
      const worker = await this.#living();
      const { clock } = this.#scene.org;
      const { stage } = this.#play;
      return await worker.ask({ kind: 'go', stage, part, now: clock.time, death: null }, 'done');
    } finally {
      clearTimeout(timer);
    }
  }

  async #bury(death: Death): Promise<void> {
    await this.#worker?.kill();
    this.#worker = null;
    this.#left.splice(this.#left.indexOf(death), 1);
    this.#died.push(death);
    await this.#scene.stores.afterDeath();
  }

  async #living(): Promise<Worker> {
    if (this.#worker !== null) return this.#worker;
    const { org, stores, workers } = this.#scene;
    this.#worker = await workers.take();
    const connections = org.sides.map(({ alias, crm, connect }) => ({ alias, crm, connect }));
    const site = { store: stores.current(), connections };
    await this.#worker.ask({ kind: 'open', site, now: org.clock.time }, 'opened');
    return this.#worker;
  }
}
