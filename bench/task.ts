import { startChild } from './child.ts';
import type { Drained, Taken } from './drain.ts';
import type { ProjectStart, StorePlace } from './project.ts';
import type { QueueLatency, QueuePlace } from './queue-latency.ts';
import type { Watched } from './watch.ts';

export interface Loaded {
  objects: ({ object: string; rows: number } & Taken)[];
  /** Memory when the load began, and the most of the process's life, MB. */
  startMb: number;
  peakMb: number;
}

export interface Recomputed {
  partners: number;
  values: number;
  seconds: number;
}

export interface Pushed {
  /** Calls by kind, as the connector booked them. */
  booked: Record<string, number>;
  objects: { object: string; rows: number }[];
  written: number;
  rejected: number;
  seconds: number;
}

export interface Passed {
  /** Records read, and those that were news. */
  read: number;
  changed: number;
  partners: number;
  evaluated: number;
  calls: number;
  /** Writes to the CRM. */
  written: number;
  pullSeconds: number;
  seconds: number;
}

export interface Verified {
  /** Records whose values were read. */
  compared: number;
  /** Differences, however they are explained. */
  found: number;
  seconds: number;
}

export interface PlannedDrift {
  compared: number;
  items: number;
  seconds: number;
}

/** A process in which things are measured; each measurement of memory needs one of its own. */
export interface Task {
  drain(start: ProjectStart): Promise<Drained>;
  drainLibrary(start: ProjectStart): Promise<Drained>;
  open(start: ProjectStart & { place: StorePlace }): Promise<void>;
  close(): Promise<void>;
  load(): Promise<Loaded>;
  loadRest(): Promise<void>;
  recomputeAll(): Promise<Recomputed>;
  recomputeSome(): Promise<Recomputed>;
  decide(): Promise<{ evaluated: number; seconds: number }>;
  push(only: string | null): Promise<Pushed>;
  pass(): Promise<Passed>;
  verify(full: boolean): Promise<Verified>;
  /** Lets one in a thousand accounts and deals differ from the CRM, and says how many do. */
  drift(): Promise<number>;
  plan(): Promise<PlannedDrift>;
  advance(ms: number): Promise<void>;
  vacuum(): Promise<void>;
  queue(place: QueuePlace): Promise<QueueLatency>;
  /** Watches from now on how the process heeds refusals of one server, given by its origin. */
  watch(origin: string): Promise<void>;
  /** What it saw since it was last asked. */
  takeWatched(): Promise<Watched>;
  /** Most memory so far, MB. */
  peak(): Promise<number>;
  stop(): Promise<void>;
}

export function startTask(): Task {
  const child = startChild('./task-process.ts');
  return {
    drain: (start) => child.ask('drain', start),
    drainLibrary: (start) => child.ask('drainLibrary', start),
    open: (start) => child.ask('open', start),
    close: () => child.ask('close'),
    load: () => child.ask('load'),
    loadRest: () => child.ask('loadRest'),
    recomputeAll: () => child.ask('recomputeAll'),
    recomputeSome: () => child.ask('recomputeSome'),
    decide: () => child.ask('decide'),
    push: (only) => child.ask('push', only),
    pass: () => child.ask('pass'),
    verify: (full) => child.ask('verify', full),
    drift: () => child.ask('drift'),
    plan: () => child.ask('plan'),
    advance: (ms) => child.ask('advance', ms),
    vacuum: () => child.ask('vacuum'),
    queue: (place) => child.ask('queue', place),
    watch: (origin) => child.ask('watch', origin),
    takeWatched: () => child.ask('takeWatched'),
    peak: () => child.ask('peak'),
    stop: child.stop,
  };
}
