import { fromPackageRoot } from '../../../src/package-root.ts';
import { type SampleName, SimulatorInputError } from '../../../src/sync/connector-manifest.ts';
import { casts } from '../../simulation/story/cast.ts';
import { administratorRole, type Depth, privilegeName, verbs } from './access.ts';
import { loadAnswers } from './answers-load.ts';
import { loadCsvFolder } from './csv-load.ts';
import { DataverseError } from './errors.ts';
import { guidOf } from './ids.ts';
import { loadMetadata } from './metadata-load.ts';
import { createOrg, type Org, type OrgOptions } from './org.ts';
import { loadSample } from './sample/sample.ts';
import type { SampleIds } from './sample/shared.ts';

export interface SimulatedOrgOptions extends OrgOptions {
  /** A folder of CSV files to load instead of the sample's rows. */
  data?: string;
  /** Descriptions of an environment's own tables: a file or a folder of JSON. */
  metadata?: string;
  /** Whose sample rows it has; the environment's name and its currency are those of that company. (Default: whole) */
  sample?: SampleName;
  /** True leaves out the sample environment's rows, columns and tables. (Default: false.) */
  empty?: boolean;
}

/** Users by what they are for. */
export interface SetupUsers {
  admin: string;
  /** The application user of `clientId`, without any role. */
  integration: string;
  /** Sales people, who reach what they own. */
  sales: string[];
}

/** An environment with its users and, unless it is empty, its rows. */
export interface SimulatedOrg {
  org: Org;
  users: SetupUsers;
  /** Application id of the integration user. */
  clientId: string;
  /** The id of the role that may do everything. */
  administratorRoleId: string;
  /** Ids of the sample's rows; absent when there are none. */
  sample: SampleIds | undefined;
}

const environmentNames: Readonly<Record<SampleName, string>> = { whole: 'contoso', acquired: 'southridge' };
const sampleMetadata = fromPackageRoot('connectors/dynamics/simulator/metadata/sample');

/**
 * An environment without a server.
 * @throws SimulatorInputError for data or metadata that cannot be used
 */
export function createSimulatedOrg(options: SimulatedOrgOptions = {}): SimulatedOrg {
  const company = options.sample ?? 'whole';
  const { currency } = casts[company];
  const org = createOrg({ name: environmentNames[company], currency, ...options });
  if (options.metadata !== undefined) loadAnswers(org.schema, options.metadata);
  if (options.empty !== true) loadMetadata(org.schema, sampleMetadata);
  const clientId = guidOf(`${org.name} app`);
  const salesRole = org.addRole('Salesperson', salesPrivileges(org));
  const users = {
    admin: org.admin.userId,
    integration: org.addUser({ fullName: 'Ivy Integration', applicationId: clientId }),
    sales: ['Sam Seller', 'Rosa Rep'].map((fullName) => org.addUser({ fullName, roles: [salesRole] })),
  };
  const roles = org.dump('role');
  const administratorRoleId = String(roles.find(({ name }) => name === administratorRole)?.roleid);
  if (options.data !== undefined) loadCsvFolder(org, options.data);
  const wantsSample = options.data === undefined && options.empty !== true;
  const sample = wantsSample ? loadFittingSample(org, users.sales, company) : undefined;
  return { org, users, clientId, administratorRoleId, sample };
}

/** An environment's own metadata may have other states and choices than the sample's rows hold. */
function loadFittingSample(org: Org, owners: readonly string[], company: SampleName): SampleIds {
  try {
    return loadSample(org, owners, company);
  } catch (error) {
    if (!(error instanceof DataverseError)) throw error;
    const reason = `the sample's rows do not fit the metadata, start without them or with data: ${error.message}`;
    throw new SimulatorInputError(reason, { cause: error });
  }
}

/** People reach the rows that they own, and read what belongs to the whole organization. */
function salesPrivileges({ schema }: Org): Record<string, Depth> {
  const all = [...schema.tables()].flatMap((table): [string, Depth][] =>
    table.ownership === 'UserOwned'
      ? verbs.map((verb) => [privilegeName(verb, table), 'Basic'])
      : [[privilegeName('Read', table), 'Global']],
  );
  return Object.fromEntries(all);
}
