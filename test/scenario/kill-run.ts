import { type ChildProcess, fork } from 'node:child_process';
import { createDraw, type Draw } from '../../connectors/salesforce/simulator/sample/random.ts';
import type { Row } from '../../connectors/salesforce/simulator/types.ts';
import { ApiError } from '../../connectors/salesforce/simulator/types.ts';
import { fromPackageRoot } from '../../src/package-root.ts';
import type { StoreOptions } from '../../src/store/open-store.ts';
import { shippedMappings, starterProgram } from '../services/channel-engine.ts';
import { type ChannelOrg, startChannelOrg } from '../services/channel-org.ts';
import { liveOn } from './kill-changes.ts';
import { orgState } from './kill-state.ts';
import {
  type ChildAnswer,
  type ChildOrder,
  type Stage,
  type StoreState,
  stagesInOrder,
} from './kill-words.ts';

/** What runs, and where the stores of a size live. */
export interface KillHouse {
  /** The process to start: kill-child, compiled. */
  file: string;
  /** A store of its own, empty. */
  newStore(): Promise<StoreOptions>;
  /** What a restart finds some time after a death: on a server the leases of the dead have run out. */
  afterDeath(store: StoreOptions): Promise<void>;
}

/** When a process is killed: at a statement, at a call that reaches the CRM (before or after it commits), or whenever. */
export interface Death {
  kind: 'statement' | 'call' | 'refusedCall' | 'moment';
  /** 0 to 1: how far through the stage, as a clean run goes through it. */
  place: number;
  /** Milliseconds between the statement and the death. */
  afterMs: number;
}

/** Statements and calls of each stage in a clean run. */
export type Lengths = Record<Stage, { statements: number; calls: number }>;

export interface Outcome {
  store: StoreState;
  crm: Record<string, Row[]>;
  lengths: Lengths;
  /** Deaths that took place. */
  kills: number;
  /** Records that the last pass wrote. */
  written: number;
}

export interface Play {
  house: KillHouse;
  /** Decides what the org holds and what happens in it. */
  world: number;
  deaths: readonly Death[];
  /** Of the clean run; needed for deaths. */
  lengths?: Lengths;
}

const start = Date.parse('2026-03-02T10:00:00Z');
const betweenStagesMs = 3_600_000;

/** Deaths that repeat with the seed. */
export function drawDeaths(seed: number, count: number): Death[] {
  const draw = createDraw(seed);
  return Array.from({ length: count }, () => ({
    kind: draw.pick(['statement', 'statement', 'statement', 'call', 'refusedCall', 'moment'] as const),
    place: draw.unit(),
    afterMs: afterMs(draw),
  }));
}

function afterMs(draw: Draw): number {
  return draw.chance(0.5) ? 0 : draw.between(1, 8);
}

/** Works through all stages in processes that die as planned, each time starting another one. */
export async function play(options: Play): Promise<Outcome> {
  const clock = { time: start };
  const channel = await startChannelOrg({
    seed: options.world,
    now: () => clock.time,
    program: starterProgram(),
    mappings: shippedMappings(),
  });
  try {
    const store = await options.house.newStore();
    return await new Run(options, { channel, clock, store }).play();
  } finally {
    await channel.close();
  }
}

interface Scene {
  channel: ChannelOrg;
  clock: { time: number };
  store: StoreOptions;
}

class Run {
  readonly #options: Play;
  readonly #scene: Scene;
  readonly #deaths: Death[];
  readonly #lengths: Lengths = {
    load: { statements: 0, calls: 0 },
    change: { statements: 0, calls: 0 },
    quiet: { statements: 0, calls: 0 },
  };
  #child: Child | null = null;
  #kills = 0;
  #written = 0;

  constructor(options: Play, scene: Scene) {
    this.#options = options;
    this.#scene = scene;
    this.#deaths = [...options.deaths];
  }

  async play(): Promise<Outcome> {
    const { clock, channel } = this.#scene;
    for (const stage of stagesInOrder) {
      clock.time += betweenStagesMs;
      if (stage === 'change') liveOn(channel, createDraw(this.#options.world));
      while (!(await this.#attempt(stage))) this.#child = null;
    }
    return {
      store: await this.#dump(),
      crm: orgState(channel.org),
      lengths: this.#lengths,
      kills: this.#kills,
      written: this.#written,
    };
  }

  /** A death that was due right at the end may still come. */
  async #dump(): Promise<StoreState> {
    try {
      const child = await this.#living();
      const { state } = await child.ask({ kind: 'dump' }, 'state');
      await child.kill();
      return state;
    } catch (error) {
      if (!(error instanceof Died)) throw error;
      await this.#buried();
      return await this.#dump();
    }
  }

  /** True when the stage was done to its end. */
  async #attempt(stage: Stage): Promise<boolean> {
    const death = this.#deaths[0];
    const length = this.#options.lengths?.[stage];
    try {
      if (death?.kind === 'moment') return await this.#untilMoment(stage, death);
      const child = await this.#living();
      const calls = this.#countCalls(child, death, length);
      const dieAtStatement =
        death?.kind === 'statement' && length !== undefined
          ? 1 + Math.floor(death.place * length.statements)
          : undefined;
      const order: ChildOrder = {
        kind: 'go',
        stage,
        now: this.#scene.clock.time,
        dieAtStatement,
        afterMs: death?.afterMs ?? 0,
      };
      try {
        const done = await child.ask(order, 'done');
        this.#lengths[stage] = { statements: done.statements, calls: calls.count() };
        this.#written = done.written;
        return true;
      } finally {
        calls.stop();
      }
    } catch (error) {
      if (!(error instanceof Died) || death === undefined) throw error;
      await this.#buried();
      return false;
    }
  }

  /** Kills at any instant, that of starting included. */
  async #untilMoment(stage: Stage, death: Death): Promise<boolean> {
    await this.#child?.kill();
    const child = startProcess(this.#options.house.file, this.#site());
    this.#child = child;
    const timer = setTimeout(() => child.killNow(), death.place * 2500);
    try {
      await child.ready;
      await child.ask({ kind: 'go', stage, now: this.#scene.clock.time, afterMs: 0 }, 'done');
      return true;
    } finally {
      clearTimeout(timer);
    }
  }

  async #buried(): Promise<void> {
    await this.#child?.kill();
    this.#child = null;
    this.#kills += 1;
    this.#deaths.shift();
    await this.#options.house.afterDeath(this.#scene.store);
  }

  async #living(): Promise<Child> {
    if (this.#child === null) {
      this.#child = startProcess(this.#options.house.file, this.#site());
      await this.#child.ready;
    }
    return this.#child;
  }

  #site(): string {
    const { store, channel } = this.#scene;
    return JSON.stringify({ store, connect: channel.standIn.options });
  }

  #countCalls(child: Child, death: Death | undefined, length: { calls: number } | undefined) {
    const { calls } = this.#scene.channel.standIn.simulator;
    const { count } = calls;
    const isMeant = death?.kind === 'call' || death?.kind === 'refusedCall';
    const dieAt = isMeant && length !== undefined ? 1 + Math.floor(death.place * length.calls) : null;
    let counted = 0;
    calls.count = (kind, line) => {
      count(kind, line);
      counted += 1;
      if (counted !== dieAt) return;
      child.killNow();
      if (death?.kind === 'refusedCall') throw new ApiError(503, 'SERVER_UNAVAILABLE', 'nobody hears this');
    };
    return { count: () => counted, stop: () => Object.assign(calls, { count }) };
  }
}

/** The process is gone. */
class Died extends Error {}

interface Child {
  ready: Promise<unknown>;
  ask<Kind extends ChildAnswer['kind']>(
    order: ChildOrder,
    kind: Kind,
  ): Promise<Extract<ChildAnswer, { kind: Kind }>>;
  killNow(): void;
  kill(): Promise<void>;
}

function startProcess(file: string, site: string): Child {
  const child = fork(file, [site], {
    execArgv: ['--no-warnings'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    cwd: fromPackageRoot(),
  });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  const killNow = () => void child.kill('SIGKILL');
  const ready = answerOf(child, 'ready', () => said);
  ready.catch(() => undefined);
  return {
    ready,
    ask: async (order, kind) => {
      const answer = answerOf(child, kind, () => said);
      child.send(order, () => undefined);
      return await answer;
    },
    killNow,
    kill: async () => {
      killNow();
      await gone;
    },
  };
}

/** Throws Died when the process was killed, and what it said when it ended by itself. */
function answerOf<Kind extends ChildAnswer['kind']>(
  child: ChildProcess,
  kind: Kind,
  said: () => string,
): Promise<Extract<ChildAnswer, { kind: Kind }>> {
  return new Promise((resolve, reject) => {
    if (child.exitCode !== null || child.signalCode !== null) return reject(new Died('gone'));
    const onExit = (code: number | null) =>
      reject(code === null ? new Died('killed') : new Error(`the process ended with ${code}: ${said()}`));
    child.once('exit', onExit);
    child.on('message', function onMessage(answer: ChildAnswer) {
      if (answer.kind !== kind) return;
      child.off('exit', onExit);
      child.off('message', onMessage);
      resolve(answer as Extract<ChildAnswer, { kind: Kind }>);
    });
  });
}
