import { isTierlinkError } from '../../errors.ts';
import type { Connector } from '../connector.ts';

/** The address of a record in the CRM; null when the connection's options do not allow to make one. Makes no call. */
export function recordAddress(
  connection: { connector(): Pick<Connector, 'recordUrl'> },
  { object, crmId }: { object: string; crmId: string },
): string | null {
  try {
    return connection.connector().recordUrl(object, crmId);
  } catch (error) {
    if (!isTierlinkError(error)) throw error;
    return null;
  }
}
