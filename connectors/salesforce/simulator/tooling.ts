import { join } from 'node:path';
import { fromPackageRoot } from '../../../src/package-root.ts';
import { deploymentsOf, hasMetadataAccess } from './deploy/deployments.ts';
import { loadCompactFolder } from './metadata-load.ts';
import type { Org } from './org.ts';
import { createSchema } from './schema.ts';
import { CATALOGUE } from './soql/catalogue.ts';
import type { Caller, FieldValue, ObjectMeta, QuerySource, Row } from './types.ts';

/** The objects of the Tooling API that REST does not know. */
export interface Tooling {
  /** Puts a row of one of them there, as people do in Setup. Names that are no field are left out. */
  add(object: string, row: Row): void;
  /** The objects beside those of another source. */
  source(org: QuerySource): QuerySource;
  /** Whoever asks sees these objects and the catalogue, and nothing else; deployments only who may deploy. */
  caller(caller: Caller): Caller;
}

const METADATA = fromPackageRoot('connectors/salesforce/simulator/metadata');

const known = new WeakMap<Org, Tooling>();

export function toolingOf(org: Org): Tooling {
  const found = known.get(org) ?? createTooling(org);
  known.set(org, found);
  return found;
}

function deployRows(org: Org): Row[] {
  return deploymentsOf(org)
    .all()
    .map(({ id, status, options, messages, ...rest }) => ({
      ...{ Id: id, Status: status, CheckOnly: options.checkOnly, RollbackOnError: options.rollbackOnError },
      ...{ CreatedById: rest.createdById, CreatedDate: rest.createdAt, StartDate: rest.startedAt },
      ...{
        CompletedDate: rest.completedAt,
        LastModifiedDate: rest.changedAt,
        SystemModstamp: rest.changedAt,
      },
      NumberComponentsTotal: rest.total,
      NumberComponentsDeployed: messages.filter(({ problem }) => problem === null).length,
      NumberComponentErrors: messages.filter(({ problem }) => problem !== null).length,
    }));
}

function createTooling(org: Org): Tooling {
  const schema = createSchema(org.clock);
  loadCompactFolder(schema, join(METADATA, 'tooling'));
  const added = new Map<string, Row[]>();
  const isOurs = (name: string): boolean => schema.object(name) !== undefined;
  const rows = (name: string): Row[] =>
    name.toLowerCase() === 'deployrequest' ? deployRows(org) : (added.get(name.toLowerCase()) ?? []);
  const holding = (name: string, field: string, values: FieldValue[]): Row[] =>
    rows(name).filter((row) => values.includes(row[field] ?? null));
  return {
    add: (object, row) => {
      const meta = schema.object(object);
      if (meta === undefined) throw new Error(`The Tooling API has no object ${object}`);
      const own = meta.fields.flatMap(({ name, type, defaultValue }) => {
        const value = row[name] ?? (type === 'boolean' ? defaultValue : null);
        return value === null ? [] : [[name, value]];
      });
      const all = added.get(object.toLowerCase()) ?? [];
      added.set(object.toLowerCase(), [...all, { Id: org.state.newId(meta), ...Object.fromEntries(own) }]);
    },
    source: (source) => ({
      object: (name) => schema.object(name) ?? source.object(name),
      rows: (name) => (isOurs(name) ? rows(name) : source.rows(name)),
      rowById: (name, id) => (isOurs(name) ? holding(name, 'Id', [id])[0] : source.rowById(name, id)),
      rowsWhere: (name, field, values) =>
        isOurs(name) ? holding(name, field, values) : source.rowsWhere(name, field, values),
      rowsModifiedSince: (name, since) => (isOurs(name) ? rows(name) : source.rowsModifiedSince(name, since)),
      now: () => source.now(),
      fiscalYearStartMonth: source.fiscalYearStartMonth,
    }),
    caller: (caller) => {
      const own = ({ name }: ObjectMeta) => isOurs(name);
      return Object.create(caller, {
        canReadObject: {
          value: (object: ObjectMeta) =>
            object.name === 'DeployRequest'
              ? hasMetadataAccess(org, caller)
              : own(object) || CATALOGUE.has(object.name.toLowerCase()),
        },
        canReadField: {
          value: (...[object, field]: Parameters<Caller['canReadField']>) =>
            own(object) || caller.canReadField(object, field),
        },
        canSeeRow: {
          value: (...[object, row]: Parameters<Caller['canSeeRow']>) =>
            own(object) || caller.canSeeRow(object, row),
        },
      }) as Caller;
    },
  };
}
