import { createDraw } from '../../../connectors/simulation/random.ts';
import type { Program } from '../../../src/program/load.ts';
import type { Channel } from './channel.ts';
import { startDynamicsChannel } from './dynamics.ts';
import { fill } from './fill.ts';
import { startSalesforceChannel } from './salesforce.ts';

const starters = { salesforce: startSalesforceChannel, dynamics: startDynamicsChannel };

/** The CRMs in which the business can be. */
export type Crm = keyof typeof starters;
export const crms = Object.keys(starters) as readonly Crm[];

/** The business in a CRM. The same seed, clock and program give the same one, down to its ids. */
export async function startChannel<C extends Crm>(
  crm: C,
  { seed, ...options }: { seed: number; now: () => number; program: Program },
): Promise<Awaited<ReturnType<(typeof starters)[C]>>> {
  const channel: Channel = await starters[crm](options);
  fill(channel, createDraw(seed));
  return channel as Awaited<ReturnType<(typeof starters)[C]>>;
}
