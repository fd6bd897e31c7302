import type { EntityName } from '../model/entities.ts';

/** A table in which records are gathered. */
export interface GatheredTable {
  name: string;
  entity: EntityName;
  /** SELECT that gathers these columns of the records. `own`: what else was asked for of each, with its name. */
  select(columns: readonly string[], own: readonly string[]): string;
}

/** Columns that every look at a record needs. */
const always = ['id', 'merged_into', 'deleted_at', 'in_scope'];

/**
 * The records of the partners asked for, gathered once for a statement however many of its measures look at them. Kept are
 * only attributes that one of them names, as what is kept is gone through often.
 */
export class Gathered {
  readonly #asked = new Map<GatheredTable, Map<string, string>>();
  readonly #columns = new Map<EntityName, Set<string>>();

  /** Asks for the records of a table. */
  ask(table: GatheredTable): void {
    this.#ownOf(table);
  }

  /** Asks for something that is worked out of each record of a table as it is gathered; gives its column. */
  askFor(table: GatheredTable, sql: string): string {
    const own = this.#ownOf(table);
    const name = own.get(sql) ?? `own_${own.size}`;
    own.set(sql, name);
    return name;
  }

  /** Notes that an attribute of the records of an entity is looked at, where they should be gathered. */
  read(entity: EntityName, column: string): void {
    this.#columns.set(entity, (this.#columns.get(entity) ?? new Set(always)).add(column));
  }

  /** Common table expressions of all that was asked for. */
  get tables(): string[] {
    return [...this.#asked].map(([table, own]) => {
      const columns = [...(this.#columns.get(table.entity) ?? always)];
      const named = [...own].map(([sql, name]) => `${sql} as ${name}`);
      return `${table.name} as materialized (${table.select(columns, named)})`;
    });
  }

  #ownOf(table: GatheredTable): Map<string, string> {
    const own = this.#asked.get(table) ?? new Map<string, string>();
    this.#asked.set(table, own);
    return own;
  }
}
