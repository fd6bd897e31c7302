import type { Channel } from '../services/channel/channel.ts';
import type { DynamicsChannel } from '../services/channel/dynamics.ts';
import type { SalesforceChannel } from '../services/channel/salesforce.ts';
import { type Crm, startChannel } from '../services/channel/start.ts';
import { starterProgram } from '../services/channel-engine.ts';
import { killMappings } from './kill-mappings.ts';
import { type Records, recordsOf } from './kill-records.ts';

/** A connection of the world that is killed in. */
export interface SideOptions {
  alias: string;
  crm: Crm;
  /** Settings of the connection, such as from how many rows on it writes in another way. */
  settings: Readonly<Record<string, string>>;
}

/** A CRM with the business in it, and what only this kind of CRM has. */
export interface Side {
  alias: string;
  crm: Crm;
  channel: Channel;
  /** What the connection is told. */
  connect: Readonly<Record<string, string>>;
  records: Records;
  /** Keeps the CRM from working on the jobs that it was given; the result lets it go on. null: it has no jobs. */
  holdJobs: (() => () => void) | null;
  /** The CRM refuses what the program writes to this partner, as a rule of its own. */
  refuseWritesTo(partner: string): void;
  /** The CRM does the first of the rows that it is asked for and refuses those after it. */
  breakOff(): void;
}

export async function openSide(
  { alias, crm, settings }: SideOptions,
  { seed, now }: { seed: number; now: () => number },
): Promise<Side> {
  const program = starterProgram();
  const options = { seed, now, program, adapt: killMappings };
  const channel = await startChannel(crm, options);
  const { named, fault } = refusals[crm];
  return {
    alias,
    crm,
    channel,
    connect: { ...channel.connect, ...settings },
    records: recordsOf(channel),
    holdJobs: isSalesforce(channel) ? () => channel.standIn.simulator.bulk.hold() : null,
    refuseWritesTo: (partner) =>
      channel.addFault({ kind: 'row-error', ...fault, matching: { [named]: partner } }),
    breakOff: () => channel.addFault({ kind: 'row-error', after: 1 }),
  };
}

/** A rule that refuses what the program writes to a partner by its name. */
const refusals = {
  salesforce: {
    named: 'Name',
    fault: {
      object: 'Account',
      statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
      message: 'This account is on hold',
    },
  },
  dynamics: { named: 'name', fault: { object: 'account', message: 'This account is on hold' } },
};

function isSalesforce(channel: SalesforceChannel | DynamicsChannel): channel is SalesforceChannel {
  return channel.crm.id === 'salesforce';
}
