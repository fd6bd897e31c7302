import { TierlinkError } from '../../src/errors.ts';
import type { ConnectorHost } from '../../src/sync/connector-manifest.ts';

export function orgChanged({ connection }: ConnectorHost, found: string, pinned: string): TierlinkError {
  return new TierlinkError('SYNC_ORG_CHANGED', { connection, found, pinned });
}

/**
 * Throws SYNC_ORG_CHANGED for a session on another org than the pinned one; asks once for each org.
 * @param orgIdOf tells the org of the session that a call is about to use; asked only where the connection is pinned
 */
export function pinGuard(
  host: ConnectorHost,
  isSameOrg: (one: string, other: string) => boolean,
): (orgIdOf: () => Promise<string>) => Promise<void> {
  let confirmed: string | undefined;
  return async (orgIdOf) => {
    if (confirmed !== undefined && (await orgIdOf()) === confirmed) return;
    const pinned = await host.pinnedOrg();
    if (pinned === null) return;
    const orgId = await orgIdOf();
    if (!isSameOrg(pinned, orgId)) throw orgChanged(host, orgId, pinned);
    confirmed = orgId;
  };
}
