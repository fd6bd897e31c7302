import { type Caller, type Depth, depths } from './access.ts';
import { refusals } from './errors.ts';
import { canonicalGuid } from './ids.ts';
import type { Org } from './org.ts';

/**
 * Whoever acts for somebody else may do what both may do.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/impersonate-another-user-web-api
 */

const privilege = 'prvActOnBehalfOfAnotherUser';

/** The caller of a request by its headers: CallerObjectId names a user by the id in Entra, MSCRMCallerID by the own one. */
export function impersonated(org: Org, caller: Caller, headers: Readonly<Record<string, string>>): Caller {
  const byObject = headers.callerobjectid;
  const given = byObject ?? headers.mscrmcallerid;
  if (given === undefined) return caller;
  const users = org.table('systemuser');
  const id = canonicalGuid(given) ?? '';
  const [user] = org.state
    .rows(users)
    .where(byObject === undefined ? 'systemuserid' : 'azureactivedirectoryobjectid', id);
  if (user === undefined) throw refusals.notFound(users, given);
  if (user.systemuserid === caller.userId) return caller;
  if (!caller.isAdmin && !caller.privileges().has(privilege))
    throw refusals.mayNotCustomize(caller.userId, privilege);
  return caller.isAdmin ? org.as(String(user.systemuserid)) : both(org.as(String(user.systemuserid)), caller);
}

function both(user: Caller, actor: Caller): Caller {
  const lesser = (one: Depth, other: Depth): Depth =>
    depths[Math.min(depths.indexOf(one), depths.indexOf(other))]!;
  return {
    userId: user.userId,
    businessUnitId: user.businessUnitId,
    isAdmin: false,
    depth: (verb, table) => lesser(user.depth(verb, table), actor.depth(verb, table)),
    privileges: () => {
      const held = actor.privileges();
      const shared = [...user.privileges()].filter(([name]) => held.has(name));
      return new Map(shared.map(([name, depth]) => [name, lesser(depth, held.get(name)!)]));
    },
    reaches: (verb, table, row) => user.reaches(verb, table, row) && actor.reaches(verb, table, row),
    mayRead: (table, column) => user.mayRead(table, column) && actor.mayRead(table, column),
    mayWrite: (verb, table, column) =>
      user.mayWrite(verb, table, column) && actor.mayWrite(verb, table, column),
  };
}
