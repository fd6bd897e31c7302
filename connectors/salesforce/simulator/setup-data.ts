import { grantAllOf } from './grants.ts';
import { createOrg, type Org } from './org.ts';
import { loadReferenceData } from './reference-data.ts';
import type { OrgState } from './state.ts';
import type { ObjectMeta, Row } from './types.ts';

/** The users that every simulated org has, by what they are for. */
export interface SetupUsers {
  admin: string;
  /** API only, no permissions but those of the permission sets that are assigned to it. */
  integration: string;
  /** Sales people with the standard profile: they see what they own. */
  sales: string[];
}

export interface SetupOptions {
  organizationName?: string;
  /** ISO code of the org's currency. (Default: USD) */
  currency?: string;
  sandbox?: boolean;
  timeZone?: string;
  fiscalYearStartMonth?: number;
}

function userRow(name: { first: string; last: string; username: string }, more: Row): Row {
  return {
    FirstName: name.first,
    LastName: name.last,
    Username: name.username,
    Email: name.username,
    Alias: name.last.slice(0, 8).toLowerCase(),
    CommunityNickname: name.username.split('@')[0] ?? '',
    IsActive: true,
    LocaleSidKey: 'en_US',
    LanguageLocaleKey: 'en_US',
    EmailEncodingKey: 'UTF-8',
    ...more,
  };
}

interface ProfileSpec {
  name: string;
  userType: string;
  permissions: Row;
}

const PROFILES: Record<'admin' | 'standard' | 'integration' | 'partner', ProfileSpec> = {
  admin: {
    name: 'System Administrator',
    userType: 'Standard',
    permissions: {
      PermissionsCustomizeApplication: true,
      PermissionsManageProfilesPermissionsets: true,
      PermissionsModifyAllData: true,
      PermissionsModifyMetadata: true,
      PermissionsViewAllData: true,
      PermissionsViewSetup: true,
    },
  },
  standard: { name: 'Standard User', userType: 'Standard', permissions: {} },
  integration: { name: 'Minimum Access - API Only Integrations', userType: 'Standard', permissions: {} },
  partner: { name: 'Partner Community User', userType: 'PowerPartner', permissions: {} },
};

/** A profile and the permission set that stands for it. Answers the permission set's id. */
function addProfile(org: Org, profileId: string, spec: ProfileSpec): string {
  org.bulkLoad('Profile', [
    {
      Id: profileId,
      Name: spec.name,
      UserType: spec.userType,
      PermissionsApiEnabled: true,
      ...spec.permissions,
    },
  ]);
  const [setId = ''] = org.bulkLoad('PermissionSet', [
    {
      Name: `X${profileId}`,
      Label: spec.name,
      ProfileId: profileId,
      IsOwnedByProfile: true,
      Type: 'Profile',
      PermissionsApiEnabled: true,
      ...spec.permissions,
    },
  ]);
  return setId;
}

function requireMeta(state: OrgState, name: string): ObjectMeta {
  const meta = state.schema.object(name);
  if (meta === undefined) throw new Error(`The metadata folder lacks ${name}`);
  return meta;
}

function addSalesUsers(
  org: Org,
  timeZone: string,
  profiles: { standard: string; integration: string },
): string[] {
  const people: Array<[string, string, string, string]> = [
    ['Ivy', 'Integration', 'integration@sim.example', profiles.integration],
    ['Sam', 'Seller', 'sam@sim.example', profiles.standard],
    ['Rosa', 'Rep', 'rosa@sim.example', profiles.standard],
  ];
  return org.bulkLoad(
    'User',
    people.map(([first, last, username, ProfileId]) =>
      userRow({ first, last, username }, { TimeZoneSidKey: timeZone, ProfileId }),
    ),
  );
}

/**
 * Fills an empty state with what every org has: the organization, profiles with their permissions, users, stages and
 * statuses. Answers the org and its users.
 */
export function openOrg(state: OrgState, options: SetupOptions = {}): { org: Org; users: SetupUsers } {
  const timeZone = options.timeZone ?? 'Europe/London';
  const userMeta = requireMeta(state, 'User');
  const profileId = (): string => state.newId(requireMeta(state, 'Profile'));
  const profiles = {
    admin: profileId(),
    standard: profileId(),
    integration: profileId(),
    partner: profileId(),
  };
  const admin = state.newId(userMeta);
  const name = { first: 'Ada', last: 'Admin', username: 'admin@sim.example' };
  const adminRow = userRow(name, { Id: admin, TimeZoneSidKey: timeZone, ProfileId: profiles.admin });
  // The first user is there before anything else, for somebody has to create it all.
  state.write(userMeta, admin, adminRow);
  const org = createOrg(state, admin);
  addProfile(org, profiles.admin, PROFILES.admin);
  addProfile(org, profiles.integration, PROFILES.integration);
  const standardSets = [
    addProfile(org, profiles.standard, PROFILES.standard),
    addProfile(org, profiles.partner, PROFILES.partner),
  ];
  org.bulkLoad('User', [adminRow]);
  const [integration = '', ...sales] = addSalesUsers(org, timeZone, profiles);
  loadOrganization(org, { ...options, timeZone });
  loadReferenceData(org);
  grantStandardObjects(org, standardSets);
  return { org, users: { admin, integration, sales } };
}

function loadOrganization(org: Org, options: SetupOptions & { timeZone: string }): void {
  org.bulkLoad('Organization', [
    {
      Id: org.id,
      Name: options.organizationName ?? 'Northwind Sales (simulated)',
      OrganizationType: 'Developer Edition',
      InstanceName: 'SIM1',
      IsSandbox: options.sandbox ?? false,
      DefaultCurrencyIsoCode: options.currency ?? 'USD',
      FiscalYearStartMonth: options.fiscalYearStartMonth ?? 1,
      TimeZoneSidKey: options.timeZone,
      LanguageLocaleKey: 'en_US',
      DefaultLocaleSidKey: 'en_US',
      Country: 'US',
    },
  ]);
}

function grantStandardObjects(org: Org, permissionSetIds: string[]): void {
  const own = org.schema.objects().filter((object) => org.schema.traits(object).permissions === 'own');
  for (const id of permissionSetIds) for (const object of own) grantAllOf(org, id, object);
}
