import { startChild } from './child.ts';
import type { KpiSize } from './kpis/fill.ts';
import type { StorePlace } from './project.ts';

export interface ComputedFigures {
  partners: number;
  values: number;
  changed: number;
  kpiSeconds: number;
  evaluated: number;
  tierSeconds: number;
}

/** A process in which figures are computed. */
export interface KpisTask {
  open(place: StorePlace): Promise<void>;
  fill(size: KpiSize): Promise<{ seconds: number }>;
  byHand(): Promise<{ seconds: number; slowest: string }>;
  differences(): Promise<{ compared: number; different: number; example: string | null }>;
  computeAll(): Promise<ComputedFigures>;
  computeSome(): Promise<ComputedFigures>;
  /** Most memory so far, MB. */
  peak(): Promise<number>;
  close(): Promise<void>;
  stop(): Promise<void>;
}

export function startKpisTask(): KpisTask {
  const child = startChild('./kpis-process.ts');
  return {
    open: (place) => child.ask('open', place),
    fill: (size) => child.ask('fill', size),
    byHand: () => child.ask('byHand'),
    differences: () => child.ask('differences'),
    computeAll: () => child.ask('computeAll'),
    computeSome: () => child.ask('computeSome'),
    peak: () => child.ask('peak'),
    close: () => child.ask('close'),
    stop: () => child.stop(),
  };
}
