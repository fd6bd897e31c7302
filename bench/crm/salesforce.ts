import { manifest } from '../../connectors/salesforce/index.ts';
import type { BenchCrm } from './crm.ts';

/** Calls of a bulk job without its polls: create, upload, start, fetch the results. */
const callsOfJob = 4;
const rowsOfCollection = 200;

export const salesforce: BenchCrm = {
  manifest,
  noOptions: { loginUrl: 'http://127.0.0.1:1', clientId: 'none', clientSecret: 'none' },
  objects: { account: 'Account', deal: 'Opportunity' },
  writeKinds: ['bulk', 'collection', 'record'],
  leastWrites: (rows, { jobs, polls }) => {
    const pollsOfJob = jobs === 0 ? 1 : polls / jobs;
    return Math.min(Math.ceil(rows / rowsOfCollection), callsOfJob + pollsOfJob);
  },
  leastNote: [
    'Least possible: for each object the cheaper of collections of 200 and one bulk job (create, upload, start,',
    'results, and the polls that it took).',
  ],
  mostOfPush: 1.1,
  mostOfQuietPass: 5,
  library: {
    label: 'jsforce bulk2.query',
    drain: async (start) => await (await import('./salesforce-drain.ts')).drainJsforce(start),
  },
  throttles: [],
  startOrg: async (start) => await (await import('./salesforce-org.ts')).startOrg(start),
};
