import { type Child, startChild } from './child.ts';
import type { BenchOrg, BilledCalls } from './crm/crm.ts';
import type { Size } from './size.ts';

export interface SimulatorStart {
  /** Name of the CRM. */
  crm: string;
  size: Size;
  /** The machine's time at which the run began, for the common clock. */
  startedAt: number;
  /** Name of the way in which it turns requests away; null: as the CRM does by itself. */
  throttle: string | null;
}

/** The simulator, in a process of its own. */
export interface BenchSimulator {
  /** Origin of its API. */
  url: string;
  /** Ready options for the connector. */
  options: Record<string, string>;
  /** Calls since the last time this was asked. */
  takeCalls(): Promise<BilledCalls>;
  /** Edits every hundredth record. */
  edit(): Promise<{ accounts: number; deals: number }>;
  /** Moves its clock on. */
  advance(ms: number): Promise<void>;
  stop(): Promise<void>;
}

export async function startSimulator(start: SimulatorStart): Promise<BenchSimulator> {
  const child: Child = startChild('./simulator-process.ts');
  try {
    const { url, options } = await child.ask<Pick<BenchOrg, 'url' | 'options'>>('start', start);
    return {
      url,
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
