import { fromPackageRoot } from '../../../src/package-root.ts';
import { administratorRole, type Depth, privilegeName, verbs } from './access.ts';
import { guidOf } from './ids.ts';
import { loadMetadata } from './metadata-load.ts';
import { createOrg, type Org, type OrgOptions } from './org.ts';
import { loadSample } from './sample/sample.ts';
import type { SampleIds } from './sample/shared.ts';

export interface SimulatedOrgOptions extends OrgOptions {
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

const sampleMetadata = fromPackageRoot('connectors/dynamics/simulator/metadata/sample');

/** An environment without a server. */
export function createSimulatedOrg(options: SimulatedOrgOptions = {}): SimulatedOrg {
  const org = createOrg(options);
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
  const sample = options.empty === true ? undefined : loadSample(org, users.sales);
  return { org, users, clientId, administratorRoleId, sample };
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
