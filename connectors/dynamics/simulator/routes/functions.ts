import { type ApiAnswer, type ApiRequest, argument, contextOf, ok, type Route } from '../api.ts';
import { refusals } from '../errors.ts';

type Answer = (request: ApiRequest) => ApiAnswer;

const complex = (request: ApiRequest, type: string, body: Record<string, unknown>): ApiAnswer =>
  ok({ '@odata.context': contextOf(request, `Microsoft.Dynamics.CRM.${type}`), ...body });

/** Functions that stand by themselves behind the service root. */
const functions: Readonly<Record<string, Answer>> = {
  WhoAmI: (request) =>
    complex(request, 'WhoAmIResponse', {
      BusinessUnitId: request.caller.businessUnitId,
      UserId: request.caller.userId,
      OrganizationId: request.org.id,
    }),
  RetrieveVersion: (request) => complex(request, 'RetrieveVersionResponse', { Version: '9.2.25101.00155' }),
  RetrieveCurrentOrganization: (request) =>
    complex(request, 'RetrieveCurrentOrganizationResponse', { Detail: organizationDetail(request) }),
  RetrieveTotalRecordCount: (request) =>
    complex(request, 'RetrieveTotalRecordCountResponse', {
      EntityRecordCountCollection: recordCounts(request),
    }),
};

function organizationDetail({ org, root }: ApiRequest): Record<string, unknown> {
  return {
    OrganizationId: org.id,
    FriendlyName: org.name,
    OrganizationVersion: '9.2.25101.155',
    EnvironmentId: org.id,
    // By this clients can tell that it is a simulator: no region of the platform has this name.
    Geo: 'SIM',
    TenantId: org.tenantId,
    UrlName: org.name,
    UniqueName: org.name,
    State: 'Enabled',
    OrganizationType: org.kind,
    Endpoints: { Count: 1, IsReadOnly: false, Keys: ['WebApplication'], Values: [new URL(root).origin] },
  };
}

function recordCounts(request: ApiRequest): Record<string, unknown> {
  const names = argument(request, request.segments[0]!, 'EntityNames');
  if (names?.kind !== 'list') throw refusals.invalidArgument('EntityNames must be a list of names.');
  const keys = names.items.map((item) => (item.kind === 'string' ? item.value : ''));
  const counts = keys.map((name) => {
    const table = request.org.schema.table(name);
    if (table === undefined)
      throw refusals.invalidArgument(`The entity with a name = '${name}' was not found.`);
    return request.org.state.rows(table).all.size;
  });
  return { Count: keys.length, IsReadOnly: false, Keys: keys, Values: counts };
}

export const functionRoutes: readonly Route[] = [
  {
    name: 'function',
    fits: ({ method, segments }) =>
      method === 'GET' && segments.length === 1 && Object.hasOwn(functions, segments[0]!.name),
    answer: (request) => functions[request.segments[0]!.name]!(request),
  },
];
