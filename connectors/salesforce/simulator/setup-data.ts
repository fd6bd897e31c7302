import { createCaller } from './access.ts';
import { bulkLoad } from './bulk-load.ts';
import { grantAllOf } from './grants.ts';
import { createOrg, type Org } from './org.ts';
import type { OrgState } from './state.ts';
import type { Row } from './types.ts';

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
  sandbox?: boolean;
  timeZone?: string;
  fiscalYearStartMonth?: number;
}

const STAGES: Array<[string, number, string, string]> = [
  ['Prospecting', 10, 'Pipeline', 'Pipeline'],
  ['Qualification', 10, 'Pipeline', 'Pipeline'],
  ['Needs Analysis', 20, 'Pipeline', 'Pipeline'],
  ['Value Proposition', 50, 'Pipeline', 'Pipeline'],
  ['Id. Decision Makers', 60, 'Pipeline', 'Pipeline'],
  ['Perception Analysis', 70, 'BestCase', 'Best Case'],
  ['Proposal/Price Quote', 75, 'BestCase', 'Best Case'],
  ['Negotiation/Review', 90, 'Forecast', 'Commit'],
  ['Closed Won', 100, 'Closed', 'Closed'],
  ['Closed Lost', 0, 'Omitted', 'Omitted'],
];

const LEAD_STATUSES = [
  'Open - Not Contacted',
  'Working - Contacted',
  'Closed - Converted',
  'Closed - Not Converted',
];
const CASE_STATUSES = ['New', 'Working', 'Escalated', 'Closed'];
const PARTNER_ROLES = [
  'Advertiser',
  'Agency',
  'Broker',
  'Consultant',
  'Dealer',
  'Developer',
  'Distributor',
  'Institution',
  'Lender',
  'Subcontractor',
  'VAR/Reseller',
  'System Integrator',
];

function labels(values: string[], more: (value: string) => Row = () => ({})): Row[] {
  return values.map((value, index) => ({
    MasterLabel: value,
    ApiName: value,
    SortOrder: index + 1,
    ...more(value),
  }));
}

function loadReferenceData(org: Org): void {
  org.bulkLoad(
    'OpportunityStage',
    STAGES.map(([name, probability, category, categoryName], index) => ({
      MasterLabel: name,
      ApiName: name,
      IsActive: true,
      SortOrder: index + 1,
      IsClosed: name.startsWith('Closed'),
      IsWon: name === 'Closed Won',
      ForecastCategory: category,
      ForecastCategoryName: categoryName,
      DefaultProbability: probability,
    })),
  );
  org.bulkLoad(
    'LeadStatus',
    labels(LEAD_STATUSES, (value) => ({
      IsDefault: value === LEAD_STATUSES[0],
      IsConverted: value === 'Closed - Converted',
    })),
  );
  org.bulkLoad(
    'CaseStatus',
    labels(CASE_STATUSES, (value) => ({ IsDefault: value === 'New', IsClosed: value === 'Closed' })),
  );
  org.bulkLoad('PartnerRole', labels(PARTNER_ROLES));
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
    permissions: { PermissionsModifyAllData: true, PermissionsViewAllData: true, PermissionsViewSetup: true },
  },
  standard: { name: 'Standard User', userType: 'Standard', permissions: {} },
  integration: { name: 'Minimum Access - API Only Integrations', userType: 'Standard', permissions: {} },
  partner: { name: 'Partner Community User', userType: 'PowerPartner', permissions: {} },
};

/** A profile and the permission set that stands for it; both ids. */
function addProfile(state: OrgState, spec: ProfileSpec, boot: Row): { profileId: string; setId: string } {
  const load = (object: string, row: Row): string => {
    const meta = state.schema.object(object);
    if (meta === undefined) throw new Error(`The metadata folder lacks ${object}`);
    const caller = createCaller(state, String(boot.Id));
    return String(bulkLoad(state, meta, { rows: [row], caller })[0]);
  };
  const flags = { PermissionsApiEnabled: true, ...spec.permissions };
  const profileId = load('Profile', {
    Name: spec.name,
    UserType: spec.userType,
    PermissionsApiEnabled: true,
  });
  const setId = load('PermissionSet', {
    Name: `X${profileId}`,
    Label: spec.name,
    ProfileId: profileId,
    IsOwnedByProfile: true,
    Type: 'Profile',
    ...flags,
  });
  return { profileId, setId };
}

/**
 * Fills an empty state with what every org has: the organization, profiles with their permissions, users, stages and
 * statuses. Answers the org and its users.
 */
export function openOrg(state: OrgState, options: SetupOptions = {}): { org: Org; users: SetupUsers } {
  const userMeta = state.schema.object('User');
  if (userMeta === undefined) throw new Error('The metadata folder lacks User');
  const timeZone = options.timeZone ?? 'Europe/London';
  const adminId = state.newId(userMeta);
  const boot: Row = { Id: adminId, TimeZoneSidKey: timeZone, Name: 'boot' };
  state.write(userMeta, adminId, boot);
  const profiles = {
    admin: addProfile(state, PROFILES.admin, boot),
    standard: addProfile(state, PROFILES.standard, boot),
    integration: addProfile(state, PROFILES.integration, boot),
    partner: addProfile(state, PROFILES.partner, boot),
  };
  state.write(userMeta, adminId, undefined);
  const people = { TimeZoneSidKey: timeZone };
  bulkLoadAdmin(
    state,
    userRow(
      { first: 'Ada', last: 'Admin', username: 'admin@sim.example' },
      {
        ...people,
        Id: adminId,
        ProfileId: profiles.admin.profileId,
      },
    ),
  );
  const org = createOrg(state, adminId);
  const [integration = '', ...sales] = org.bulkLoad('User', [
    userRow(
      { first: 'Ivy', last: 'Integration', username: 'integration@sim.example' },
      { ...people, ProfileId: profiles.integration.profileId },
    ),
    userRow(
      { first: 'Sam', last: 'Seller', username: 'sam@sim.example' },
      { ...people, ProfileId: profiles.standard.profileId },
    ),
    userRow(
      { first: 'Rosa', last: 'Rep', username: 'rosa@sim.example' },
      { ...people, ProfileId: profiles.standard.profileId },
    ),
  ]);
  loadOrganization(org, { ...options, timeZone });
  loadReferenceData(org);
  grantStandardObjects(org, [profiles.standard.setId, profiles.partner.setId]);
  return { org, users: { admin: adminId, integration, sales } };
}

function bulkLoadAdmin(state: OrgState, row: Row): void {
  const meta = state.schema.object('User');
  if (meta === undefined) return;
  const stamp = Math.floor(state.clock.now() / 1000) * 1000;
  state.write(meta, String(row.Id), {
    ...row,
    Name: `${row.FirstName} ${row.LastName}`,
    UserType: 'Standard',
    IsPortalEnabled: false,
    CreatedDate: stamp,
    CreatedById: row.Id ?? null,
    LastModifiedDate: stamp,
    LastModifiedById: row.Id ?? null,
    SystemModstamp: stamp,
  });
}

function loadOrganization(org: Org, options: SetupOptions & { timeZone: string }): void {
  org.bulkLoad('Organization', [
    {
      Id: org.id,
      Name: options.organizationName ?? 'Northwind Sales (simulated)',
      OrganizationType: 'Developer Edition',
      InstanceName: 'SIM1',
      IsSandbox: options.sandbox ?? false,
      DefaultCurrencyIsoCode: 'USD',
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
