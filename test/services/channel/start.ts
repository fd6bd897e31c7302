import { createDraw } from '../../../connectors/simulation/random.ts';
import type { Channel, ChannelOptions } from './channel.ts';
import { startDynamicsChannel } from './dynamics.ts';
import { fill } from './fill.ts';
import { startSalesforceChannel } from './salesforce.ts';

const starters = { salesforce: startSalesforceChannel, dynamics: startDynamicsChannel };

/** The CRMs in which the business can be. */
export type Crm = keyof typeof starters;
export const crms = Object.keys(starters) as readonly Crm[];

type StartOptions = Omit<ChannelOptions, 'adapt'> & {
  seed: number;
  /** (Default: the shipped mappings) */
  adapt?: ChannelOptions['adapt'];
};

const asShipped: ChannelOptions['adapt'] = (shipped) => shipped;

/** The business in a CRM. The same seed, clock and program give the same one, down to its ids. */
export async function startChannel<C extends Crm>(
  crm: C,
  { seed, adapt = asShipped, ...options }: StartOptions,
): Promise<Awaited<ReturnType<(typeof starters)[C]>>> {
  const channel: Channel = await starters[crm]({ ...options, adapt });
  fill(channel, createDraw(seed));
  return channel as Awaited<ReturnType<(typeof starters)[C]>>;
}
