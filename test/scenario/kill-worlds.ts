import { inBoth, inCollections, inDynamics, inJobs } from './kill-must.ts';
import type { KillOptions } from './kill-size.ts';
import type { WorldOptions } from './kill-world.ts';

const salesforce = (settings: Readonly<Record<string, string>>) => ({
  alias: 'north',
  crm: 'salesforce' as const,
  settings,
});

/** Few rows go through every lane: pages of bulk messages, what is left of them in a batch, and single requests. */
const dynamics = {
  alias: 'south',
  crm: 'dynamics' as const,
  settings: { rowsPerWrite: '5', rowsPerBatch: '3', pageSize: '8' },
};

const collections: WorldOptions = { seed: 1, sides: [salesforce({})], mustDie: inCollections };
const jobs: WorldOptions = {
  seed: 2,
  sides: [salesforce({ bulkWriteFrom: '3', bulkQueryFrom: '5' })],
  mustDie: inJobs,
  hasJobs: true,
};

export const salesforceWorlds: Omit<KillOptions, 'first'> = {
  worlds: [collections, jobs],
  kills: 25,
  perPlay: 3,
};

export const dynamicsWorlds: Omit<KillOptions, 'first'> = {
  worlds: [{ seed: 3, sides: [dynamics], mustDie: inDynamics }],
  kills: 12,
  perPlay: 1,
};

export const bothWorlds: Omit<KillOptions, 'first'> = {
  worlds: [{ seed: 4, sides: [salesforce({}), dynamics], mustDie: inBoth }],
  kills: 16,
  perPlay: 1,
};
