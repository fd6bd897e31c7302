import { type EntityName, entities } from '../../src/model/entities.ts';
import { ownValue, type Raw } from './own-attributes.ts';

/** Records as the independent evaluator sees them: plain objects in plain arrays. */

export type Value = string | number | boolean | null | string[] | Amount;

/** Currencies can be blank where a CRM has none. */
export interface Amount {
  amount: string;
  currency: string | null;
}

export interface Row {
  id: string;
  state: 'live' | 'deleted' | 'outOfScope' | 'merged';
  /** By attribute; what is not there is blank. */
  values: Readonly<Record<string, Value | undefined>>;
  /** Custom attributes. */
  extra: Readonly<Record<string, Raw>>;
}

export const kinds = [
  'partner',
  'customer',
  'person',
  'lead',
  'deal',
  'credit',
  'certification',
  'case',
  'fact',
] as const;
export type Kind = (typeof kinds)[number];
export type World = Readonly<Record<Kind, readonly Row[]>>;

/** A value with what the model says of its attribute. */
export interface Found {
  value: Value;
  type: string;
  /** Case and blanks make no difference. */
  isText: boolean;
  /** The entity that has the attribute, and the one that it refers to. */
  of: Kind;
  to: EntityName | undefined;
  /** An attribute of one's own says something that is not of its type. */
  isMistyped: boolean;
}

/** What a path such as customer.country leads to, from a record; blank where a reference on the way is. */
export function read(world: World, kind: Kind, row: Row | undefined, path: string): Found {
  const [first, ...rest] = path.split('.') as [string, ...string[]];
  if (first === 'extra') {
    const own = ownValue(rest[0]!, row?.extra[rest[0]!]);
    return { ...own, isText: own.type === 'text', of: kind, to: undefined };
  }
  const definition = entities[kind].attributes[first]!;
  const value = row?.values[first] ?? null;
  if (rest.length > 0) {
    const next = definition.to as Kind;
    return read(
      world,
      next,
      world[next].find(({ id }) => id === value),
      rest.join('.'),
    );
  }
  return {
    value,
    type: definition.type,
    isText: definition.type === 'text' || definition.type === 'choice',
    of: kind,
    to: definition.to,
    isMistyped: false,
  };
}

/** A name as it is compared. */
export function plainName(name: string): string {
  return name.trim().split(/\s+/).join(' ').toLowerCase();
}
