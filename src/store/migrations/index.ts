import { initial } from './0001-initial.ts';

/** A change of the schema. Applied once, in order, each in a transaction of its own; never edited after a release. */
export interface Migration {
  version: number;
  name: string;
  sql: string;
}

export const migrations: readonly Migration[] = [initial];
