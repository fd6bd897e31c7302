import { checkSize, nameColumn, type StoredFile } from '../files.ts';
import type { Column, Row } from '../types.ts';
import { change, requireAccess, type WriteCall } from './save.ts';

/** Puts a file into a column of a row, in place of the one that was there. Returns the id of the file. */
export function putFile(call: WriteCall, at: { row: Row; column: Column }, file: StoredFile): string {
  const { row, column } = at;
  requireAccess(call, 'Write', row);
  checkSize(column, file.bytes.length);
  const id = call.state.newId();
  change(call, row, { [column.logicalName]: id, [nameColumn(column)]: file.name });
  call.state.files.stored.delete(String(row[column.logicalName]));
  call.state.files.stored.set(id, file);
  return id;
}

/** Takes the file out of a column, where there is one. */
export function removeFile(call: WriteCall, { row, column }: { row: Row; column: Column }): void {
  requireAccess(call, 'Write', row);
  change(call, row, { [column.logicalName]: null, [nameColumn(column)]: null });
  call.state.files.stored.delete(String(row[column.logicalName]));
}
