import { entities } from '../../model/entities.ts';
import { refOf } from '../records/write-ref.ts';
import type { InFlight, PushContext, PushCounts } from './context.ts';
import { judge, readBack } from './resolve.ts';
import { putBack } from './send.ts';
import { type Settled, settleWrites } from './settle.ts';

export interface Guarded {
  /** What is to be sent. */
  rows: InFlight[];
  counts: PushCounts[];
}

/**
 * Looks at the fields that are about to be written once more, for all rows of the claim together: people may have edited
 * them since they were pulled. A record in which one of them is another than we knew is left alone; the next pull reads
 * the edit, and what it decides is sent then. One that holds our values by now needs no write. Records that the program
 * makes are nobody else's and are not looked at. Throws what the connector throws, with all rows put back.
 */
export async function leaveEdited(context: PushContext, rows: readonly InFlight[]): Promise<Guarded> {
  if (rows.length === 0 || entities[context.plan.entity].origin === 'program') {
    return { rows: [...rows], counts: [] };
  }
  const settled = await lookAt(context, rows);
  const ended = settled.filter(({ result }) => result.kind !== 'again');
  const counts = ended.length === 0 ? [] : [await settleWrites(context, ended)];
  return { rows: settled.filter(({ result }) => result.kind === 'again').map(({ row }) => row), counts };
}

async function lookAt(context: PushContext, rows: readonly InFlight[]): Promise<Settled[]> {
  try {
    const found = await readBack(context, rows, fieldsOf(context, rows));
    return rows.map((row) => {
      const record = found.get(refOf(row));
      // What became of one that is not there is told by the write.
      const result = record === undefined ? ({ kind: 'again' } as const) : judge(context, row, record);
      if (result.kind !== 'written') return { row, result };
      return {
        row,
        result: stampsKey(context, row) ? { kind: 'again' } : { ...result, action: 'unchanged' },
      };
    });
  } catch (error) {
    await putBack(context, rows);
    throw error;
  }
}

/** The fields of the attributes that any of the rows writes. */
function fieldsOf({ plan }: PushContext, rows: readonly InFlight[]): string[] {
  const written = new Set(rows.flatMap((row) => Object.keys(row.attributes)));
  const attributes = plan.attributes.filter(({ attribute }) => written.has(attribute));
  return [...new Set(attributes.flatMap(({ fields }) => fields))].sort();
}

function stampsKey({ plan }: PushContext, row: InFlight): boolean {
  return plan.mapping.key !== undefined && row.fields[plan.mapping.key] !== undefined;
}
