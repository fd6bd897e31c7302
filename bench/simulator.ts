import { type Child, startChild } from './child.ts';
import type { Size } from './size.ts';

export interface SimulatorStart {
  size: Size;
  /** The machine's time at which the run began, for the common clock. */
  startedAt: number;
}

/** What the simulator billed. */
export interface CallCounts {
  total: number;
  byKind: Record<string, number>;
  /** Questions how far a bulk job is. */
  polls: number;
  /** Bulk jobs created. */
  jobs: number;
}

/** The simulator, in a process of its own. */
export interface BenchSimulator {
  /** Ready options for the connector. */
  options: Record<string, string>;
  /** Calls since the last time this was asked. */
  takeCalls(): Promise<CallCounts>;
  /** Edits every hundredth record. */
  edit(): Promise<{ accounts: number; deals: number }>;
  /** Moves its clock on. */
  advance(ms: number): Promise<void>;
  stop(): Promise<void>;
}

export async function startSimulator(start: SimulatorStart): Promise<BenchSimulator> {
  const child: Child = startChild('./simulator-process.ts');
  try {
    const { options } = await child.ask<{ options: Record<string, string> }>('start', start);
    return {
      options,
      takeCalls: () => child.ask('calls'),
      edit: () => child.ask('edit'),
      advance: (ms) => child.ask('advance', ms),
      stop: child.stop,
    };
  } catch (error) {
    await child.stop();
    throw error;
  }
}
