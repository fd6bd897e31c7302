import { isTierlinkError, TierlinkError } from '../../src/errors.ts';
import type { ConnectionFacts, ObjectAccess } from '../../src/sync/crm-description.ts';
import type { JsonRow } from '../shared/neutral-values.ts';
import type { Call } from './client.ts';
import type { Context } from './context.ts';
import { type QueryAnswer, queryCall } from './query.ts';
import { permissionSetQueries, proveReach, type Reach } from './sees-all.ts';
import { quote } from './soql.ts';
import { type Outcome, together } from './together.ts';
import type { Session } from './token-request.ts';

/** The InstanceName by which our own simulator tells that it is one; no real instance is named like it. */
const SIMULATOR_INSTANCE = 'SIM1';

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

/** Signs in and tells org, user and access, in three calls. Throws CRM_VERSION when the org lacks the version. */
export async function check(context: Context, objects: readonly string[]): Promise<ConnectionFacts> {
  const open = onAnyOrg(context);
  try {
    return await look(open, objects);
  } catch (error) {
    // The session ended and the org was exchanged meanwhile: which one it is now is what is asked for.
    if (isTierlinkError(error, 'SYNC_ORG_CHANGED')) return await look(open, objects);
    throw error;
  }
}

function onAnyOrg(context: Context): Context {
  const { client } = context;
  return {
    ...context,
    client: {
      ...client,
      send: async (call: Call) => await client.send({ ...call, anyOrg: true }),
      json: async <T>(call: Call) => await client.json<T>({ ...call, anyOrg: true }),
    },
  };
}

async function look(context: Context, objects: readonly string[]): Promise<ConnectionFacts> {
  const session = await context.client.session();
  await proveVersion(context);
  const { org, user, sets, visible } = await whoAndWhere(context, session);
  const reach = await proveReach(context, sets, objects);
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
    objects: accessOf(visible, objects, reach),
  };
}

async function proveVersion(context: Context): Promise<void> {
  const versions = await context.client.json<{ version: string }[]>({
    method: 'GET',
    path: '/services/data',
    kind: 'other',
  });
  const { apiVersion: version } = context.options;
  if (versions.some((each) => each.version === version)) return;
  throw new TierlinkError('CRM_VERSION', { connection: context.host.connection, version });
}

interface WhoAndWhere {
  org: OrgRow;
  user: UserRow;
  sets: JsonRow[];
  /** Objects that the user sees. */
  visible: readonly GlobalEntry[];
}

const globalCall: Call = { method: 'GET', path: '/sobjects', kind: 'describe' };

/** Orgs with a single currency do not have the field that names it, so the org is asked for with and without it. */
async function whoAndWhere(context: Context, session: Session): Promise<WhoAndWhere> {
  const orgFields = ['Id', 'Name', 'OrganizationType', 'IsSandbox', 'InstanceName'];
  const [full, plain, user, inherited, profile, global] = await together<QueryAnswer & GlobalAnswer>(
    context,
    [
      queryCall({ object: 'Organization', fields: [...orgFields, 'DefaultCurrencyIsoCode'] }),
      queryCall({ object: 'Organization', fields: orgFields }),
      queryCall({
        object: 'User',
        fields: ['Username', 'TimeZoneSidKey'],
        conditions: [`Id = ${quote(session.userId)}`],
      }),
      ...permissionSetQueries(session.userId).map(queryCall),
      globalCall,
    ],
  );
  const org = (rowsOf(full)[0] ?? rowsOf(plain)[0]) as unknown as OrgRow | undefined;
  if (org === undefined) {
    const reason = 'the integration user cannot read the organization';
    throw (
      plain?.fault ?? new TierlinkError('CRM_PERMISSION', { connection: context.host.connection, reason })
    );
  }
  if (global?.fault !== undefined) throw global.fault;
  return {
    org,
    user: (rowsOf(user)[0] as unknown as UserRow | undefined) ?? {
      Username: session.userId,
      TimeZoneSidKey: 'UTC',
    },
    sets: [...rowsOf(inherited), ...rowsOf(profile)],
    visible: global?.body.sobjects ?? [],
  };
}

function rowsOf(answer: Outcome<QueryAnswer> | undefined): JsonRow[] {
  return answer?.fault === undefined ? (answer?.body.records ?? []) : [];
}

/** Scratch and developer orgs hold no business: they count as tests, as sandboxes do. */
function kindOf(org: OrgRow): Pick<ConnectionFacts, 'orgKind' | 'orgKindLabel'> {
  if (org.InstanceName === SIMULATOR_INSTANCE) return { orgKind: 'simulator', orgKindLabel: 'simulator' };
  if (org.IsSandbox) return { orgKind: 'test', orgKindLabel: 'sandbox' };
  if (org.OrganizationType === 'Developer Edition')
    return { orgKind: 'test', orgKindLabel: 'Developer Edition' };
  return { orgKind: 'production', orgKindLabel: org.OrganizationType ?? 'production' };
}

interface GlobalEntry {
  name: string;
  queryable: boolean;
  createable: boolean;
  updateable: boolean;
}

interface GlobalAnswer {
  sobjects: GlobalEntry[];
}

function accessOf(visible: readonly GlobalEntry[], objects: readonly string[], reach: Reach): ObjectAccess[] {
  const known = new Map(visible.map((entry) => [entry.name.toLowerCase(), entry]));
  return objects.map((object) => {
    const entry = known.get(object.toLowerCase());
    return {
      object,
      readable: entry?.queryable ?? false,
      seesAll: entry === undefined ? null : reach.seesAll(object),
      editsAll: entry === undefined ? null : reach.editsAll(object),
      creatable: entry?.createable ?? false,
      updatable: entry?.updateable ?? false,
    };
  });
}
