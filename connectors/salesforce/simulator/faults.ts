import { createFaultSwitches, type FaultSwitches } from '../../simulation/fault-switches.ts';
import type { Fault } from './fault-kinds.ts';
import { readFaults } from './faults-file.ts';

export type { Occasion } from '../../simulation/fault-switches.ts';
export type { Fault, FaultKind } from './fault-kinds.ts';

export type Faults = FaultSwitches<Fault>;

/** No faults at first. Those without a path strike every versioned resource; sign-in stays well. */
export function createFaults(): Faults {
  return createFaultSwitches({ dataPaths: '/services/data/v', read: readFaults });
}
