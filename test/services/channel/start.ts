import { createDraw } from '../../../connectors/simulation/random.ts';
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
  { seed, ...options }: { seed: number } & Parameters<(typeof starters)[Crm]>[0],
): Promise<Awaited<ReturnType<(typeof starters)[C]>>> {
  const channel: Channel = await starters[crm](options);
  fill(channel, createDraw(seed));
  return channel as Awaited<ReturnType<(typeof starters)[C]>>;
}
