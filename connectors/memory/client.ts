import { TierlinkError } from '../../src/errors.ts';
import type { ConnectorHost } from '../../src/sync/connector-manifest.ts';
import type { MemoryCrm, MemoryObject } from './crm.ts';
import { callFault } from './errors.ts';

/** One connection to a CRM in memory. */
export interface MemoryClient {
  readonly crm: MemoryCrm;
  readonly host: ConnectorHost;
  readonly pageRows: number;
  readonly rowsPerWrite: number;
  /** Books a call and meets the faults of calls. */
  call(kind: string, object?: string): Promise<void>;
  /** Throws CRM_OBJECT_MISSING. */
  object(name: string): MemoryObject;
}

export interface MemoryClientOptions {
  /** Rows per page. (Default: 2,000) */
  pageRows?: number;
  rowsPerWrite?: number;
}

export function createMemoryClient(
  crm: MemoryCrm,
  host: ConnectorHost,
  options: MemoryClientOptions,
): MemoryClient {
  return {
    crm,
    host,
    pageRows: options.pageRows ?? 2_000,
    rowsPerWrite: options.rowsPerWrite ?? 200,
    call: async (kind, object) => {
      if (kind !== 'check') await requirePinned(crm, host);
      await host.spend(1, kind);
      crm.calls.total += 1;
      crm.calls.byKind[kind] = (crm.calls.byKind[kind] ?? 0) + 1;
      crm.calls.log.push(object === undefined ? kind : `${kind} ${object}`);
      const fault = callFault(crm.faults, {
        connection: host.connection,
        call: kind,
        object,
        now: host.now(),
      });
      if (fault !== undefined) throw fault;
    },
    object: (name) => {
      const found = crm.object(name);
      if (found === undefined)
        throw new TierlinkError('CRM_OBJECT_MISSING', { object: name, connection: host.connection });
      return found;
    },
  };
}

async function requirePinned(crm: MemoryCrm, host: ConnectorHost): Promise<void> {
  const pinned = await host.pinnedOrg();
  if (pinned === null || pinned === crm.orgId) return;
  throw new TierlinkError('SYNC_ORG_CHANGED', { connection: host.connection, found: crm.orgId, pinned });
}
