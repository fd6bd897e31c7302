import type { Org } from '../org.ts';
import { putPicklistValues } from '../record-type-lists.ts';
import type { PicklistEntry } from '../types.ts';
import type { ValueSets } from './field.ts';

/** Global value sets of an org, and the fields that take their values from them. */
export interface GlobalValueSets {
  readonly values: ValueSets;
  /** Puts a set; the fields that follow it get its values. */
  put(name: string, entries: PicklistEntry[]): void;
  /** Says where a field, named with its object, takes its values from; undefined where it has its own. */
  follow(field: string, set: string | undefined): void;
  /** The set that a field follows. */
  setOf(field: string): string | undefined;
  /** Remembers all as it is; the answer brings it back. */
  snapshot(): () => void;
}

const known = new WeakMap<Org, GlobalValueSets>();

export function valueSetsOf(org: Org): GlobalValueSets {
  const found = known.get(org) ?? createValueSets(org);
  known.set(org, found);
  return found;
}

function createValueSets(org: Org): GlobalValueSets {
  const values: ValueSets = new Map();
  const followers = new Map<string, string>();
  const restore = <T>(map: Map<string, T>) => {
    const kept = [...map];
    return () => {
      map.clear();
      for (const [name, value] of kept) map.set(name, value);
    };
  };
  return {
    values,
    put: (name, entries) => {
      values.set(name, entries);
      for (const [path, set] of followers) {
        if (set !== name) continue;
        const [objectName = '', fieldName = ''] = path.split('.');
        const object = org.schema.object(objectName);
        const field = object && org.schema.field(object, fieldName);
        if (object && field) putPicklistValues(org.state, { object, field }, entries);
      }
    },
    follow: (field, set) => {
      if (set === undefined) followers.delete(field);
      else followers.set(field, set);
    },
    setOf: (field) => followers.get(field),
    snapshot: () => {
      const undo = [restore(values), restore(followers)];
      return () => {
        for (const each of undo) each();
      };
    },
  };
}
