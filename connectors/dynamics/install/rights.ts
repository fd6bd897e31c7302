import { isTierlinkError } from '../../../src/errors.ts';
import { type InstallStep, isWrite } from '../../../src/install/steps.ts';
import type { Context } from '../context.ts';
import { askUserPrivileges } from '../privileges.ts';
import type { PartDetail } from '../provision/parts.ts';

/** What the user may do, as far as installing is about it. */
export interface UserRights {
  /** Names of privileges that the user has for the whole organization. */
  whole: ReadonlySet<string>;
  /** Those that reach less, too. Empty where the platform does not name the privileges of the user. */
  any: ReadonlySet<string>;
}

export async function rightsOf({ client }: Context): Promise<UserRights> {
  const { userId } = await client.session();
  const answer = (await client.library({ name: 'privileges', kind: 'install' }, (api) =>
    askUserPrivileges(api, userId),
  )) as { RolePrivileges: { PrivilegeName?: string; Depth: string }[] };
  const named = answer.RolePrivileges.flatMap(({ PrivilegeName: name, Depth }) =>
    name === undefined ? [] : [{ name, Depth }],
  );
  return {
    whole: new Set(named.filter(({ Depth }) => Depth === 'Global').map(({ name }) => name)),
    any: new Set(named.map(({ name }) => name)),
  };
}

/** Names in one filter; more of them would make an address that is too long. */
const NAMES_PER_CALL = 30;

/** Those of the privileges that the environment has; it takes no notice of the case of names. */
export async function privilegesNamed(
  { client }: Context,
  names: readonly string[],
): Promise<{ privilegeid: string; name: string }[]> {
  const found: { privilegeid: string; name: string }[] = [];
  for (let start = 0; start < names.length; start += NAMES_PER_CALL) {
    const some = names.slice(start, start + NAMES_PER_CALL);
    const filter = some.map((name) => `name eq '${name}'`).join(' or ');
    const path = `privileges?$select=name&$filter=${encodeURIComponent(filter)}`;
    const { value } = await client.json<{ value: typeof found }>({ method: 'GET', path, kind: 'install' });
    found.push(...value);
  }
  return found;
}

/** Rights that the steps take and the user does not have; null where the platform does not name the privileges of the user. */
export async function lacksOf(
  context: Context,
  steps: readonly InstallStep[],
  { any }: UserRights,
): Promise<string[] | null> {
  if (any.size === 0) return null;
  const writes = steps.filter(isWrite);
  const wanted = new Set(writes.flatMap(neededFor));
  if (writes.some(({ part }) => part.object !== null)) wanted.add('prvPublishCustomization');
  const lacking = [...wanted].filter((name) => !any.has(name));
  const joining = [...new Set(writes.flatMap(joiningFor))].filter((name) => !any.has(name));
  return [...lacking, ...(await thoseKnown(context, joining))].sort();
}

/** Privileges that the environment has. Who may not look at them learns what joining takes when it is refused. */
async function thoseKnown(context: Context, names: readonly string[]): Promise<string[]> {
  try {
    return (await privilegesNamed(context, names)).map(({ name }) => name);
  } catch (error) {
    if (isTierlinkError(error, 'CRM_PERMISSION')) return [];
    throw error;
  }
}

/**
 * Rights to join a row that is made to another one: a solution to its publisher, a role to its business unit. Not every
 * environment has them by these names.
 * https://learn.microsoft.com/previous-versions/dynamicscrm-2016/developers-guide/gg334478(v=crm.8)
 */
function joiningFor({ part, found }: InstallStep): string[] {
  const { is } = part.detail as PartDetail;
  if (found !== null) return [];
  if (is === 'solution') return ['prvAppendSolution', 'prvAppendToPublisher'];
  return is === 'role' ? ['prvAppendRole', 'prvAppendToBusinessUnit'] : [];
}

/** Only such rights as every environment knows by these names. */
function neededFor({ part, found }: InstallStep): string[] {
  const detail = part.detail as PartDetail;
  switch (detail.is) {
    case 'publisher':
      return ['prvCreatePublisher'];
    case 'solution':
      return ['prvCreateSolution'];
    case 'table':
      return ['prvCreateEntity'];
    case 'column':
      if (found !== null) return ['prvWriteOptionSet'];
      return [detail.column.kind === 'lookup' ? 'prvCreateRelationship' : 'prvCreateAttribute'];
    case 'key':
      return ['prvCreateEntityKey'];
    case 'role':
      // A new role gets its privileges by a second call.
      return found === null ? ['prvCreateRole', 'prvWriteRole'] : ['prvWriteRole'];
    case 'form':
      return ['prvReadSystemForm', 'prvWriteSystemForm'];
    default:
      return [];
  }
}
