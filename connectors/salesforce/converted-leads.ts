import { TierlinkError } from '../../src/errors.ts';
import { rejected } from '../shared/write-outcome.ts';
import type { Context } from './context.ts';
import { queryRows } from './query.ts';
import { chunkForAddress, literalList, name } from './soql.ts';
import type { PreparedRow } from './write/rows.ts';
import type { LaneRequest } from './write.ts';

/**
 * Some users may edit converted leads, so the platform's own refusal is no protection: they are looked up before the
 * write and settled as read-only. Returns the rows that may be sent.
 */
export async function convertedLeads(context: Context, lane: LaneRequest): Promise<readonly PreparedRow[]> {
  const { request, rows } = lane;
  if (request.object !== 'Lead' || rows.length === 0) return rows;
  const field = request.operation === 'update' ? 'Id' : name(request.keyField ?? 'Id');
  const converted = new Set<string>();
  for (const chunk of chunkForAddress(
    rows.map((row) => row.target),
    400,
  )) {
    const conditions = ['IsConverted = true', `${field} IN (${literalList(chunk)})`];
    const found = await queryRows(context, { object: 'Lead', fields: [field], conditions });
    for (const row of found) converted.add(String(row[field]).toLowerCase());
  }
  return rows.filter((row) => {
    if (!converted.has(row.target.toLowerCase())) return true;
    const error = new TierlinkError('CRM_READONLY_RECORD', { reason: 'the lead was converted' });
    lane.settle(rejected(row.ref, { error }));
    return false;
  });
}
