import type { App } from '../app.ts';
import type { LinkState } from '../sync/records/links.ts';
import { recordAddress } from '../sync/records/record-address.ts';

/** One record of a CRM that is the partner. */
export interface PartnerLink {
  connection: string;
  object: string;
  crmId: string;
  state: LinkState;
  /** Its address in the CRM; null where none can be made: the connection is not in the project, or lacks an option. */
  url: string | null;
  /** When the CRM last changed what we read there, ISO instant; null: it was made by us and not read yet. */
  seenAt: string | null;
  linkedAt: string;
  /** Attributes that differ there until a person decides. */
  differences: string[];
}

/** The records that a partner is in each connection; those whose link has ended come last. Asks no CRM. */
export async function partnerLinks(app: App, partnerId: string): Promise<PartnerLink[]> {
  const rows = await app.store.query<Omit<PartnerLink, 'url'> & Record<string, unknown>>(
    `select l.connection, l.object, l.crm_id as "crmId", l.state, l.seen_at as "seenAt", l.linked_at as "linkedAt",
       array(select d.attribute from tierlink.difference d where d.connection = l.connection and d.object = l.object
         and d.entity = l.entity and d.crm_id = l.crm_id order by d.attribute) as differences
     from tierlink.link l where l.entity = 'partner' and l.record_id = $1
     order by l.state <> 'live', l.connection, l.object, l.crm_id`,
    [partnerId],
  );
  return rows.map((row) => ({ ...row, url: linkAddress(app, row) }));
}

/** The address in the CRM of what is linked; null where none can be made, as for what files brought in. */
export function linkAddress(
  app: App,
  { connection, object, crmId }: Pick<PartnerLink, 'connection' | 'object' | 'crmId'>,
): string | null {
  const known = app.connections.find(({ alias }) => alias === connection);
  return known === undefined ? null : recordAddress(known, { object, crmId });
}
