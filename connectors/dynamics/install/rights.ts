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

/** Rights that the steps take and the user does not have; null where the platform does not name the privileges of the user. */
export function lacksOf(steps: readonly InstallStep[], { any }: UserRights): string[] | null {
  if (any.size === 0) return null;
  const writes = steps.filter(isWrite);
  const wanted = new Set(writes.flatMap(neededFor));
  if (writes.some(({ part }) => part.object !== null)) wanted.add('prvPublishCustomization');
  return [...wanted].filter((name) => !any.has(name)).sort();
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
    default:
      return [];
  }
}
