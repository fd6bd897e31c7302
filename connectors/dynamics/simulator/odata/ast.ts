import type { Table } from '../types.ts';

/** What a parsed address or query option is made of. Names are as the client wrote them; nothing is looked up yet. */

/** A value written in an address. Numbers keep their text: a money value must not pass through a double. */
export type Literal =
  | { kind: 'string'; value: string }
  | { kind: 'number'; text: string }
  | { kind: 'boolean'; value: boolean }
  | { kind: 'null' }
  /** Lower case. */
  | { kind: 'guid'; value: string }
  /** YYYY-MM-DD */
  | { kind: 'date'; value: string }
  /** ISO 8601 with an offset, as written. */
  | { kind: 'instant'; value: string }
  /** A member of an enumeration, such as Microsoft.Dynamics.CRM.OwnershipTypes'UserOwned'. */
  | { kind: 'enum'; type: string; member: string }
  | { kind: 'list'; items: Literal[] };

/** Steps from the row of the query, or from a lambda's variable, to a column: primarycontactid/fullname. */
export interface Path {
  kind: 'path';
  steps: string[];
}

/** A value that a query option of the same name defines: @p1. */
export interface Alias {
  kind: 'alias';
  name: string;
}

export type Operand = Path | Alias | Literal;

export type Comparison = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le';

export type Filter =
  | { kind: 'and' | 'or'; left: Filter; right: Filter }
  | { kind: 'not'; of: Filter }
  | { kind: 'compare'; operator: Comparison; left: Operand; right: Operand }
  /** contains, startswith and endswith; and like, which OData does not have. */
  | { kind: 'text'; name: string; subject: Operand; value: Operand }
  /** A query function of the platform: Microsoft.Dynamics.CRM.In(PropertyName='a',PropertyValues=['1']). */
  | { kind: 'function'; name: string; parameters: Record<string, Literal | Alias> }
  /**
   * Whether rows of a table have in `from` what the row at hand has in `to`, and how many of them fit: as a link of FetchXML
   * says that joins nothing. The variable stands for such a row in `of`.
   */
  | {
      kind: 'linked';
      table: Table;
      from: string;
      to: Path;
      quantifier: Quantifier;
      variable: string;
      of: Filter | null;
    }
  /** `of` is absent for any() without a condition. */
  | { kind: 'lambda'; path: Path; quantifier: 'any' | 'all'; variable: string | null; of: Filter | null };

export interface Order {
  path: Path;
  descending: boolean;
}

export interface QueryOptions {
  select?: string[];
  filter?: Filter;
  orderBy?: Order[];
  expand?: Expand[];
  top?: number;
  skip?: number;
  count?: boolean;
}

/** some: one fits; none: none fits; others: there are such rows, and none of them fits. */
export type Quantifier = 'some' | 'none' | 'others';

/** Groups and aggregates of the rows that a condition holds for: filter(a eq 1)/groupby((b),aggregate(c with sum as d)). */
export interface Apply {
  filter: Filter | null;
  groupBy: Path[];
  aggregates: AppliedAggregate[];
}

/** `of` is null for $count. */
export interface AppliedAggregate {
  of: Path | null;
  method: 'count' | 'sum' | 'average' | 'min' | 'max' | 'countdistinct';
  name: string;
}

/** One navigation property of an $expand, with the options in its brackets. */
export interface Expand {
  path: Path;
  /** Only the references: coll/$ref. */
  isReference: boolean;
  options: QueryOptions;
}

/** One part of the path of an address: accounts(name='x'), $count, Microsoft.Dynamics.CRM.Merge. */
export interface Segment {
  name: string;
  /** Absent without brackets; empty for (). A single value without a name stands under the empty name. */
  arguments: Record<string, Literal | Alias> | null;
}
