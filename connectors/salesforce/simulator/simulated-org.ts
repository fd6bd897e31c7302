import { join } from 'node:path';
import { fromPackageRoot } from '../../../src/package-root.ts';
import type { SampleName } from '../../../src/sync/connector-manifest.ts';
import { createClock } from '../../simulation/clock.ts';
import { casts } from '../../simulation/story/cast.ts';
import { loadCsvFolder } from './csv-load.ts';
import { createFaults } from './faults.ts';
import { grantCustomFields } from './grants.ts';
import { toId18 } from './ids.ts';
import { loadCompactFolder, loadDescribes } from './metadata-load.ts';
import type { Org } from './org.ts';
import { loadSampleData, type SampleIds } from './sample/sample.ts';
import { createSchema } from './schema.ts';
import { openOrg, type SetupOptions, type SetupUsers } from './setup-data.ts';
import { createState } from './state.ts';

export interface SimulatedOrgOptions extends SetupOptions {
  /** A folder of CSV files to load instead of the sample records. */
  data?: string;
  /** Whose sample records it has; the org's name, its id and its currency are those of that company. (Default: whole) */
  sample?: SampleName;
  /** True leaves out the sample org's records and its own fields. (Default: false.) */
  empty?: boolean;
  /** Where the org's clock starts (epoch milliseconds; it runs on), or the clock itself. (Default: now.) */
  now?: number | (() => number);
  /** Describe answers of an org of one's own: a file or a folder of JSON. */
  metadata?: string;
  /** 15 or 18 characters. (Default: the same for every org of a company.) */
  orgId?: string;
}

/** An org with its users and, unless it is empty, its records. */
export interface SimulatedOrg {
  org: Org;
  users: SetupUsers;
  /** Ids of the generated records; absent when there are none. */
  sample: SampleIds | undefined;
}

/** The files stay where the source has them: a build copies no JSON. */
const METADATA = fromPackageRoot('connectors/salesforce/simulator/metadata');
/** Of the org of each company. */
const orgIds: Readonly<Record<SampleName, string>> = {
  whole: '00DSm0000000001',
  acquired: '00DSm0000000002',
};
const SAMPLE_READERS = new Set(['Standard User', 'Partner Community User']);

/** The sample org's own fields are open to its sales people, as its admin would have done. */
function grantSampleFields(org: Org): void {
  const sets = [...org.rows('PermissionSet')].filter(
    (row) => row.IsOwnedByProfile === true && SAMPLE_READERS.has(String(row.Label)),
  );
  for (const set of sets) grantCustomFields(org, String(set.Id));
}

function orgIdOf({ sample = 'whole', orgId = orgIds[sample] }: SimulatedOrgOptions): string {
  const id = toId18(orgId);
  if (id === null) throw new Error(`${orgId} is no id of an org`);
  return id;
}

/** An org on the standard metadata, without a server. */
export function createSimulatedOrg(options: SimulatedOrgOptions = {}): SimulatedOrg {
  const { company, currency } = casts[options.sample ?? 'whole'];
  const clock = createClock(options.now);
  const schema = createSchema(clock);
  loadCompactFolder(schema, METADATA);
  const { org, users } = openOrg(
    createState({ orgId: orgIdOf(options), schema, clock, faults: createFaults() }),
    { organizationName: `${company} Sales (simulated)`, currency, ...options },
  );
  if (options.metadata !== undefined) loadDescribes(schema, options.metadata);
  if (options.empty !== true) {
    loadCompactFolder(schema, join(METADATA, 'sample'));
    grantSampleFields(org);
  }
  if (options.data !== undefined) loadCsvFolder(org, options.data);
  const wantsSample = options.data === undefined && options.empty !== true;
  return { org, users, sample: wantsSample ? loadSampleData(org, users.sales, options.sample) : undefined };
}
