import { DataverseError, refusals } from '../errors.ts';
import type { State } from '../state.ts';
import type { Row, Table } from '../types.ts';

/**
 * Throws 412 for a row that a published rule takes for a copy of another one. The platform looks only when a request says
 * so: https://learn.microsoft.com/power-apps/developer/data-platform/webapi/manage-duplicate-detection-create-update
 */
export function playDuplicateRules({ faults, rows }: State, table: Table, row: Row): void {
  for (const { field = '' } of faults.active('duplicate-rule', { object: table.logicalName })) {
    const value = row[field] ?? null;
    const others = value === null ? [] : rows(table).where(field, value);
    if (others.some((other) => other[table.primaryId] !== row[table.primaryId]))
      throw refusals.duplicateFound();
  }
}

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
