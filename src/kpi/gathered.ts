import type { EntityName } from '../model/entities.ts';
import type { AskedPartners } from './sql/sql-parts.ts';

/** A table in which records are gathered. */
export interface GatheredTable {
  name: string;
  entity: EntityName;
  /** SELECT that gathers the records of partners. */
  select(asked: AskedPartners, columns: GatheredColumns): string;
}

export interface GatheredColumns {
  /** The attributes that are asked for of a record with an alias. */
  attributesOf(record: string): string;
  /** Those, and what is worked out of them. */
  columnsOf(record: string): string;
  /** What else was asked for of each, with its name. */
  own: readonly string[];
  /** What is worked out of each row that they are put together from, with its name. */
  ofParts: readonly string[];
}

/** Columns that every look at a record needs. */
const always = ['id', 'deleted_at', 'in_scope'];

/** SQL of something that is worked out of the columns of a record with an alias. */
export type WorkedOut = (record: string) => string;

/**
 * The records of the partners asked for, gathered once for a statement however many of its measures look at them; those
 * that were merged into others are left out. Kept are only attributes that one of them names, as what is kept is gone
 * through often, and what is worked out of them in the same way for many.
 */
export class Gathered {
  readonly #asked = new Map<GatheredTable, Map<string, string>>();
  readonly #ofParts = new Map<GatheredTable, Map<string, string>>();
  readonly #columns = new Map<EntityName, Set<string>>();
  readonly #workedOut = new Map<EntityName, Map<string, { name: string; sql: WorkedOut }>>();

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

  /**
   * Has something worked out of each row that the records of a table are put together from, before they are, however often
   * what is asked for of them looks at it; gives its column.
   */
  workOutOfParts(table: GatheredTable, sql: string): string {
    const own = this.#ofParts.get(table) ?? new Map<string, string>();
    this.#ofParts.set(table, own);
    const name = own.get(sql) ?? `part_${own.size}`;
    own.set(sql, name);
    return name;
  }

  /** Notes that an attribute of the records of an entity is looked at, where they should be gathered. */
  read(entity: EntityName, column: string): void {
    this.#columns.set(entity, (this.#columns.get(entity) ?? new Set(always)).add(column));
  }

  /** Has something worked out of each record of an entity as it is gathered; gives its column. */
  workOut(entity: EntityName, sql: WorkedOut): string {
    const known = this.#workedOut.get(entity) ?? new Map<string, { name: string; sql: WorkedOut }>();
    this.#workedOut.set(entity, known);
    const key = sql('r');
    const one = known.get(key) ?? { name: `made_${known.size}`, sql };
    known.set(key, one);
    return one.name;
  }

  /** Common table expressions of all that was asked for of the records of partners. */
  tables(asked: AskedPartners): string[] {
    return [...this.#asked].map(([table, own]) => {
      const { entity } = table;
      const columns = [...(this.#columns.get(entity) ?? always)];
      const workedOut = [...(this.#workedOut.get(entity)?.values() ?? [])];
      const attributesOf = (record: string) => columns.map((column) => `${record}.${column}`).join(', ');
      const columnsOf = (record: string) =>
        [attributesOf(record), ...workedOut.map(({ name, sql }) => `${sql(record)} as ${name}`)].join(', ');
      const [named, ofParts] = [own, this.#ofParts.get(table) ?? []].map((each) =>
        [...each].map(([sql, name]) => `${sql} as ${name}`),
      ) as [string[], string[]];
      const select = table.select(asked, { attributesOf, columnsOf, own: named, ofParts });
      return `${table.name} as materialized (${select})`;
    });
  }

  #ownOf(table: GatheredTable): Map<string, string> {
    const own = this.#asked.get(table) ?? new Map<string, string>();
    this.#asked.set(table, own);
    return own;
  }
}
