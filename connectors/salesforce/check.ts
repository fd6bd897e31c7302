import { TierlinkError } from '../../src/errors.ts';
import type { ConnectionFacts, ObjectAccess } from '../../src/sync/crm-description.ts';
import type { Session } from './auth.ts';
import { faultOf } from './client.ts';
import type { Context } from './context.ts';
import { query, queryRows } from './query.ts';
import { type SeesAll, seeAllProof } from './sees-all.ts';
import { quote } from './soql.ts';

/** The InstanceName by which our own simulator tells that it is one; no real instance is named like it. */
export const SIMULATOR_INSTANCE = 'SIM1';

interface OrgRow {
  Id: string;
  Name: string;
  OrganizationType: string | null;
  IsSandbox: boolean;
  InstanceName: string | null;
  DefaultCurrencyIsoCode?: string | null;
}

interface UserRow {
  Username: string;
  TimeZoneSidKey: string;
}

/** Signs in and tells org, user and access. Throws CRM_VERSION when the org does not offer the configured version. */
export async function check(context: Context, objects: readonly string[]): Promise<ConnectionFacts> {
  const session = await context.client.session();
  await provesVersion(context);
  const org = await organization(context);
  const user = await userOf(context, session);
  const seesAll = await seeAllProof(context, session.userId, objects);
  return {
    orgId: org.Id,
    orgName: org.Name,
    ...kindOf(org),
    userId: session.userId,
    userName: user.Username,
    timeZone: user.TimeZoneSidKey,
    currency: org.DefaultCurrencyIsoCode ?? context.options.currency,
    clockSkewMs: context.client.clockSkewMs(),
    apiVersion: context.options.apiVersion,
    objects: await accessOf(context, objects, seesAll),
  };
}

async function provesVersion(context: Context): Promise<void> {
  const versions = await context.client.json<{ version: string }[]>({
    method: 'GET',
    path: '/services/data',
    kind: 'other',
  });
  const { apiVersion: version } = context.options;
  if (versions.some((each) => each.version === version)) return;
  throw new TierlinkError('CRM_VERSION', { connection: context.host.connection, version });
}

/** Orgs with a single currency do not have the field that names it. */
async function organization(context: Context): Promise<OrgRow> {
  const fields = ['Id', 'Name', 'OrganizationType', 'IsSandbox', 'InstanceName'];
  const ask = async (more: string[]): Promise<OrgRow> => {
    const { records } = await query(context, { object: 'Organization', fields: [...fields, ...more] });
    return records[0] as unknown as OrgRow;
  };
  try {
    return await ask(['DefaultCurrencyIsoCode']);
  } catch (error) {
    if (faultOf(error)?.code !== 'INVALID_FIELD') throw error;
    return await ask([]);
  }
}

async function userOf(context: Context, session: Session): Promise<UserRow> {
  const conditions = [`Id = ${quote(session.userId)}`];
  const rows = await queryRows(context, {
    object: 'User',
    fields: ['Username', 'TimeZoneSidKey'],
    conditions,
  });
  const row = rows[0] as unknown as UserRow | undefined;
  return row ?? { Username: session.userId, TimeZoneSidKey: 'UTC' };
}

/** Scratch and developer orgs hold no business: they count as tests, as sandboxes do. */
function kindOf(org: OrgRow): Pick<ConnectionFacts, 'orgKind' | 'orgKindLabel'> {
  if (org.InstanceName === SIMULATOR_INSTANCE) return { orgKind: 'simulator', orgKindLabel: 'simulator' };
  if (org.IsSandbox) return { orgKind: 'test', orgKindLabel: 'sandbox' };
  if (org.OrganizationType === 'Developer Edition')
    return { orgKind: 'test', orgKindLabel: 'Developer Edition' };
  return { orgKind: 'production', orgKindLabel: org.OrganizationType ?? 'production' };
}

async function accessOf(
  context: Context,
  objects: readonly string[],
  seesAll: SeesAll,
): Promise<ObjectAccess[]> {
  const access: ObjectAccess[] = [];
  for (const object of objects) {
    const raw = await context.metadata.fresh(object);
    access.push({
      object,
      readable: raw?.queryable ?? false,
      seesAll: raw === undefined ? null : seesAll(object),
      creatable: raw?.createable ?? false,
      updatable: raw?.updateable ?? false,
    });
  }
  return access;
}
