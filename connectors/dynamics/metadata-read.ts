import type { DynamicsWebApi } from 'dynamics-web-api';
import { TierlinkError } from '../../src/errors.ts';
import type { FieldType } from '../../src/sync/crm-description.ts';
import { faultOf } from '../shared/call-failed.ts';
import type { Client } from './client.ts';
import type { AlternateKey, Column, Lookup, Option, Table } from './metadata.ts';
import { batchOutcomes } from './together.ts';

/** Shapes of the metadata API: https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query-metadata-web-api */
interface Label {
  UserLocalizedLabel: { Label: string } | null;
  LocalizedLabels?: { Label: string }[];
}

interface RawTable {
  LogicalName: string;
  SchemaName: string;
  EntitySetName: string;
  MetadataId: string;
  PrimaryIdAttribute: string;
  PrimaryNameAttribute: string | null;
  DisplayName: Label | null;
  ChangeTrackingEnabled: boolean;
  IsOptimisticConcurrencyEnabled: boolean;
  OwnershipType: string;
  Privileges: { Name: string; PrivilegeType: string }[] | null;
  Keys: { LogicalName: string; KeyAttributes: string[]; EntityKeyIndexStatus: string }[];
  ManyToOneRelationships: {
    ReferencingAttribute: string;
    ReferencedEntity: string;
    ReferencingEntityNavigationPropertyName: string;
  }[];
}

/** Without a cast and a selection each column comes with what its own type has, except for its choices. */
interface RawColumn {
  LogicalName: string;
  MetadataId: string;
  AttributeType: string;
  AttributeTypeName: { Value: string };
  AttributeOf: string | null;
  DisplayName: Label | null;
  RequiredLevel: { Value: string };
  IsValidForCreate: boolean;
  IsValidForUpdate: boolean;
  IsValidForRead: boolean;
  IsPrimaryId: boolean;
  IsSecured: boolean;
  SourceType: number | null;
  MaxLength?: number;
  Precision?: number;
  Targets?: string[];
  Format?: string | null;
  DateTimeBehavior?: { Value: string } | null;
  DefaultFormValue?: number | null;
}

interface RawOption {
  Value: number;
  Label: Label | null;
  State?: number;
}

interface RawChoice {
  LogicalName: string;
  OptionSet: { Options?: RawOption[]; TrueOption?: RawOption; FalseOption?: RawOption } | null;
  GlobalOptionSet?: { Name: string; Options?: RawOption[] } | null;
}

const tableSelect = [
  'LogicalName',
  'SchemaName',
  'EntitySetName',
  'MetadataId',
  'PrimaryIdAttribute',
  'PrimaryNameAttribute',
  'DisplayName',
  'ChangeTrackingEnabled',
  'IsOptimisticConcurrencyEnabled',
  'OwnershipType',
  'Privileges',
];

const tableExpand = [
  { property: 'Keys', select: ['LogicalName', 'KeyAttributes', 'EntityKeyIndexStatus'] },
  {
    property: 'ManyToOneRelationships',
    select: ['ReferencingAttribute', 'ReferencedEntity', 'ReferencingEntityNavigationPropertyName'],
  },
];

const choiceTypes = ['Picklist', 'State', 'Status', 'Boolean', 'MultiSelectPicklist'] as const;

/** Requests about one table: itself, its columns, and the choices of each type of column. */
const requests: readonly ((api: DynamicsWebApi, entityKey: string, headers: Headers) => Promise<unknown>)[] =
  [
    (api, key, headers) =>
      api.retrieveEntity({ key, select: [...tableSelect], expand: tableExpand, ...headers }),
    (api, entityKey, headers) => api.retrieveAttributes({ entityKey, ...headers }),
    ...choiceTypes.map(
      (type) => (api: DynamicsWebApi, entityKey: string, headers: Headers) =>
        api.retrieveAttributes({ ...choicesRequest(entityKey, type), ...headers }),
    ),
  ];

/** The platform keeps metadata for up to half a minute; by this it looks again.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/compose-http-requests-handle-errors#other-headers */
export const strong = { Consistency: 'Strong' } as const;
type Headers = { headers?: Record<string, string> };

/** Tables whose requests travel together: their descriptions have some hundred kilobytes each. */
const TABLES_PER_CALL = 20;

const namePattern = /^[a-z][a-z0-9_]*$/;

/**
 * Tables by their logical names, in order, in one call for twenty of them; undefined for one that does not exist.
 * headers: of each request. (Default: none)
 */
export async function fetchTables(
  line: Pick<Client, 'library' | 'heed' | 'host'>,
  names: readonly string[],
  headers: Record<string, string> = {},
): Promise<(Table | undefined)[]> {
  const possible = [...new Set(names.filter((name) => namePattern.test(name)))];
  const found = new Map<string, Table | undefined>();
  for (let start = 0; start < possible.length; start += TABLES_PER_CALL) {
    const some = possible.slice(start, start + TABLES_PER_CALL);
    const asks = some.flatMap((name) =>
      requests.map((ask) => (api: DynamicsWebApi) => ask(api, `LogicalName='${name}'`, { headers })),
    );
    const call = { name: 'metadata', kind: 'describe' };
    const answers = await batchOutcomes({ client: line, host: line.host }, call, asks);
    for (const [index, name] of some.entries()) {
      const own = answers.slice(index * requests.length, (index + 1) * requests.length);
      found.set(name, tableOf(own));
    }
  }
  return names.map((name) => found.get(name));
}

/** Only these can belong to a choice that columns share. */
const sharedTypes: readonly string[] = ['Picklist', 'MultiSelectPicklist'];

function choicesRequest(entityKey: string, type: (typeof choiceTypes)[number]) {
  const globals = sharedTypes.includes(type) ? [{ property: 'GlobalOptionSet' }] : [];
  return {
    entityKey,
    castType: `Microsoft.Dynamics.CRM.${type}AttributeMetadata`,
    select: ['LogicalName'],
    expand: [{ property: 'OptionSet' }, ...globals],
  };
}

function tableOf([first, second, ...choices]: readonly unknown[]): Table | undefined {
  const raw = answerOf<RawTable>(first);
  if (raw === undefined) return undefined;
  const columns = answerOf<{ value: RawColumn[] }>(second)?.value ?? [];
  const options = new Map<string, Choice>();
  for (const choice of choices) {
    const rows = answerOf<{ value: RawChoice[] }>(choice)?.value ?? [];
    for (const each of rows) options.set(each.LogicalName, choiceOf(each));
  }
  return {
    name: raw.LogicalName,
    schemaName: raw.SchemaName,
    entitySet: raw.EntitySetName,
    metadataId: raw.MetadataId,
    label: textOf(raw.DisplayName) ?? raw.LogicalName,
    primaryId: raw.PrimaryIdAttribute,
    primaryName: raw.PrimaryNameAttribute,
    tracksChanges: raw.ChangeTrackingEnabled,
    hasVersions: raw.IsOptimisticConcurrencyEnabled,
    privileges: new Map((raw.Privileges ?? []).map((each) => [each.PrivilegeType, each.Name])),
    columns: new Map(columns.map((column) => [column.LogicalName, columnOf(column, options)])),
    keys: raw.Keys.filter((key) => key.EntityKeyIndexStatus === 'Active').map(keyOf),
    unfinishedKeys: raw.Keys.filter((key) => key.EntityKeyIndexStatus !== 'Active').map((key) => ({
      ...keyOf(key),
      status: key.EntityKeyIndexStatus,
    })),
    lookups: raw.ManyToOneRelationships.map(
      (each): Lookup => ({
        column: each.ReferencingAttribute,
        target: each.ReferencedEntity,
        property: each.ReferencingEntityNavigationPropertyName,
      }),
    ),
  };
}

function keyOf({ LogicalName: name, KeyAttributes: columns }: RawTable['Keys'][number]): AlternateKey {
  return { name, columns };
}

/** undefined where the platform says that there is no such thing. */
function answerOf<T>(answer: unknown): T | undefined {
  if (!(answer instanceof TierlinkError)) return answer as T;
  if (faultOf(answer)?.status === 404) return undefined;
  throw answer;
}

function textOf(label: Label | null | undefined): string | undefined {
  return label?.UserLocalizedLabel?.Label ?? label?.LocalizedLabels?.[0]?.Label;
}

interface Choice {
  options: Option[];
  /** The name of the choice that several columns share; null where the column has its own. */
  shared: string | null;
}

function choiceOf(raw: RawChoice): Choice {
  return { options: optionsOf(raw), shared: raw.GlobalOptionSet?.Name ?? null };
}

function optionsOf({ OptionSet, GlobalOptionSet }: RawChoice): Option[] {
  const { TrueOption, FalseOption } = OptionSet ?? {};
  const raw = OptionSet?.Options ?? GlobalOptionSet?.Options ?? [TrueOption, FalseOption];
  return raw.flatMap((option) =>
    option === undefined
      ? []
      : [
          {
            value: option.Value,
            label: textOf(option.Label) ?? String(option.Value),
            ...(option.State === undefined ? {} : { state: option.State }),
          },
        ],
  );
}

const types: Readonly<Record<string, FieldType>> = {
  Uniqueidentifier: 'text',
  String: 'text',
  Memo: 'longText',
  Integer: 'integer',
  BigInt: 'integer',
  Decimal: 'decimal',
  Double: 'decimal',
  Money: 'money',
  Boolean: 'boolean',
  Picklist: 'choice',
  State: 'choice',
  Status: 'choice',
  DateTime: 'instant',
  Lookup: 'reference',
  Customer: 'reference',
  Owner: 'reference',
};

function typeOf(raw: RawColumn): FieldType {
  if (raw.IsPrimaryId) return 'id';
  if (raw.AttributeTypeName.Value === 'MultiSelectPicklistType') return 'multiChoice';
  const isDay = raw.DateTimeBehavior?.Value === 'DateOnly' || raw.Format === 'DateOnly';
  if (raw.AttributeType === 'DateTime' && isDay) return 'date';
  return types[raw.AttributeType] ?? 'other';
}

function columnOf(raw: RawColumn, choices: ReadonlyMap<string, Choice>): Column {
  const type = typeOf(raw);
  const choice = choices.get(raw.LogicalName);
  // Names that belong to lookups and choices are listed as columns, but the Web API gives them as annotations only.
  const isShadow = raw.AttributeOf !== null && raw.AttributeType !== 'Money';
  const ownValue = ['Owner', 'State', 'Status', 'Boolean', 'Uniqueidentifier'].includes(raw.AttributeType);
  return {
    name: raw.LogicalName,
    metadataId: raw.MetadataId,
    label: textOf(raw.DisplayName) ?? raw.LogicalName,
    type,
    vendorType: raw.AttributeType,
    required:
      ['SystemRequired', 'ApplicationRequired'].includes(raw.RequiredLevel.Value) &&
      raw.IsValidForCreate &&
      !ownValue &&
      (raw.DefaultFormValue ?? -1) < 0,
    creatable: raw.IsValidForCreate && type !== 'other',
    updatable: raw.IsValidForUpdate && type !== 'other',
    readable: raw.IsValidForRead && !isShadow && type !== 'other',
    secured: raw.IsSecured,
    calculated: raw.SourceType === 1 || raw.SourceType === 2,
    maxLength: raw.MaxLength ?? null,
    scale: raw.Precision ?? null,
    targets: raw.Targets ?? [],
    options: choice?.options ?? null,
    sharedChoice: choice?.shared ?? null,
    isLocalDay: type === 'date' && raw.DateTimeBehavior?.Value === 'UserLocal',
    isDayOfInstant: type === 'date' && raw.DateTimeBehavior?.Value === 'TimeZoneIndependent',
  };
}
