import type { ColumnType } from 'kysely';

/** jsonb: comes out parsed, goes in as JSON text. */
export type Json<T> = ColumnType<T, string, string>;
