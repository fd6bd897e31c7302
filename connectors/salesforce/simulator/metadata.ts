import { compactField } from './metadata-field.ts';
import type { ObjectTraits, SharingModel } from './schema.ts';
import type { FieldMeta, ObjectMeta } from './types.ts';

/** Compact notation of an object; metadata/README.md explains it. */
export interface CompactObject {
  name: string;
  plural: string;
  keyPrefix: string;
  /** q queryable, c createable, u updateable, d deletable, U undeletable, r replicateable, m mergeable, S searchable, v viewed dates. */
  does: string;
  /** Who sees rows: everybody, owners and shares, or whoever sees the parent. */
  sharing: SharingModel;
  setup?: boolean;
  /** (Default: 'none' for setup objects and those that nobody creates, else 'own'.) */
  permissions?: 'own' | 'none' | `of:${string}`;
  label?: string;
  fields: Record<string, string>;
}

/** Fields added to an object that exists already. */
export interface CompactExtension {
  extends: string;
  fields: Record<string, string>;
}

const AUDIT: Record<string, string> = {
  CreatedDate: 'datetime dfs',
  CreatedById: 'reference dfsg -> User (CreatedBy)',
  LastModifiedDate: 'datetime dfs',
  LastModifiedById: 'reference dfsg -> User (LastModifiedBy)',
  SystemModstamp: 'datetime dfs',
};

function systemFields(compact: CompactObject): Record<string, string> {
  const has = (letter: string): boolean => compact.does.includes(letter);
  return {
    ...AUDIT,
    ...(has('v') ? { LastViewedDate: 'datetime nfs', LastReferencedDate: 'datetime nfs' } : {}),
  };
}

function urls(name: string): Record<string, string> {
  const base = `/services/data/vXX.X/sobjects/${name}`;
  return {
    compactLayouts: `${base}/describe/compactLayouts`,
    rowTemplate: `${base}/{ID}`,
    approvalLayouts: `${base}/describe/approvalLayouts`,
    listviews: `${base}/listviews`,
    describe: `${base}/describe`,
    quickActions: `${base}/quickActions`,
    sobject: base,
  };
}

/** The full describe shape of an object, without what depends on its neighbours (child relationships). */
export function expandObject(compact: CompactObject): ObjectMeta {
  const has = (letter: string): boolean => compact.does.includes(letter);
  const fields: FieldMeta[] = [
    compactField('Id', 'id dfsgL'),
    ...(has('d') ? [compactField('IsDeleted', 'boolean dfsg')] : []),
    ...Object.entries(compact.fields).map(([name, text]) => compactField(name, text)),
    ...Object.entries(systemFields(compact)).map(([name, text]) => compactField(name, text)),
  ];
  return objectShape({
    name: compact.name,
    label: compact.label ?? labelOf(compact.name),
    labelPlural: compact.plural,
    keyPrefix: compact.keyPrefix,
    queryable: has('q'),
    retrieveable: has('q'),
    createable: has('c'),
    updateable: has('u'),
    deletable: has('d'),
    undeletable: has('U'),
    replicateable: has('r'),
    mergeable: has('m'),
    searchable: has('S'),
    mruEnabled: has('v'),
    layoutable: has('v'),
    fields,
  });
}

/** What the org keeps of an object beside its describe answer. */
export function traitsOf(compact: CompactObject): ObjectTraits {
  const shared = compact.setup === true || !compact.does.includes('c');
  return {
    sharing: compact.sharing,
    setup: compact.setup === true,
    permissions: compact.permissions ?? (shared ? 'none' : 'own'),
  };
}

function labelOf(name: string): string {
  return name
    .replace(/__c$/, '')
    .replaceAll('_', ' ')
    .replace(/([a-z])([A-Z])/g, '$1 $2');
}

/** Every key that describe answers, with the values of a plain object where the caller names none. */
export function objectShape(given: Partial<ObjectMeta> & { name: string; fields: FieldMeta[] }): ObjectMeta {
  const custom = /__c$/.test(given.name);
  return {
    actionOverrides: [],
    activateable: false,
    associateEntityType: null,
    associateParentEntity: null,
    childRelationships: [],
    compactLayoutable: true,
    createable: true,
    custom,
    customSetting: false,
    deepCloneable: false,
    defaultImplementation: null,
    deletable: true,
    deprecatedAndHidden: false,
    extendedBy: null,
    extendsInterfaces: null,
    feedEnabled: false,
    hasSubtypes: false,
    implementedBy: null,
    implementsInterfaces: null,
    isInterface: false,
    isSubtype: false,
    keyPrefix: null,
    label: labelOf(given.name),
    labelPlural: `${labelOf(given.name)}s`,
    layoutable: true,
    listviewable: null,
    lookupLayoutable: null,
    mergeable: false,
    mruEnabled: true,
    namedLayoutInfos: [],
    networkScopeFieldName: null,
    queryable: true,
    recordTypeInfos: [],
    replicateable: true,
    retrieveable: true,
    searchLayoutable: true,
    searchable: true,
    sobjectDescribeOption: 'FULL',
    supportedScopes: [
      { label: 'All records', name: 'everything' },
      { label: 'My records', name: 'mine' },
    ],
    triggerable: true,
    undeletable: true,
    updateable: true,
    urls: urls(given.name),
    ...given,
  };
}
