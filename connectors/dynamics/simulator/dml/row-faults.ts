import { DataverseError } from '../errors.ts';
import type { State } from '../state.ts';
import type { Row, Table } from '../types.ts';

/** Throws for a row that a fault refuses to have written, as a plug-in of the environment would. */
export function playRowErrors({ faults }: State, table: Table, row: Row): void {
  const fault = faults
    .active('row-error', { object: table.logicalName })
    .find(({ matching = {} }) => Object.entries(matching).every(([name, value]) => row[name] === value));
  if (fault === undefined || !faults.strike(fault)) return;
  throw new DataverseError(
    fault.status ?? 400,
    fault.code ?? '0x80040265',
    fault.message ?? 'The row was refused by custom logic.',
  );
}
