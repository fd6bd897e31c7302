import { sleep } from '../model/clock.ts';
import type { ConnectorHost } from '../sync/connector-manifest.ts';

/** For a call or two that a person asks for: it needs no store, and is not counted against the connection's share. */
export function singleUseHost(connection: string): ConnectorHost {
  return {
    connection,
    pinnedOrg: async () => null,
    now: Date.now,
    sleep,
    spend: async () => {},
    random: Math.random,
    log: () => {},
  };
}
