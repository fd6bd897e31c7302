import { z } from 'zod';
import { type ApiRequest, contextOf, ok, type Route } from '../api.ts';
import { refusals } from '../errors.ts';
import { readMetadata } from '../metadata-body.ts';
import { columnJson, keyJson, manyToManyJson, relationshipJson, tableJson } from '../metadata-json.ts';
import type { Table } from '../types.ts';

/**
 * Metadata by a query expression. What changed since a stamp is not told apart: every answer is a whole one, as the platform
 * gives it to a client without a stamp.
 * https://learn.microsoft.com/power-apps/developer/data-platform/query-schema-definitions
 */

type Json = Readonly<Record<string, unknown>>;

const criteria = z.looseObject({
  FilterOperator: z.enum(['And', 'Or']).nullish(),
  Conditions: z
    .array(
      z.looseObject({
        PropertyName: z.string(),
        ConditionOperator: z.enum(['Equals', 'NotEquals', 'In', 'NotIn']),
        Value: z.looseObject({ Value: z.unknown() }),
      }),
    )
    .nullish(),
});
const part = z
  .looseObject({
    Properties: z
      .looseObject({ AllProperties: z.boolean().nullish(), PropertyNames: z.array(z.string()).nullish() })
      .nullish(),
    Criteria: criteria.nullish(),
  })
  .nullish();
const expression = z.looseObject({
  Properties: part.unwrap().unwrap().shape.Properties,
  Criteria: criteria.nullish(),
  AttributeQuery: part,
  RelationshipQuery: part,
  KeyQuery: part,
});

function holds(json: Json, given: z.infer<typeof criteria> | null | undefined): boolean {
  const tests = (given?.Conditions ?? []).map(({ PropertyName, ConditionOperator, Value }) => {
    if (!(PropertyName in json)) throw refusals.invalidArgument(`There is no property ${PropertyName}.`);
    const wanted = [Value.Value].flat();
    return wanted.includes(json[PropertyName]) !== ConditionOperator.startsWith('Not');
  });
  if (tests.length === 0) return true;
  return given?.FilterOperator === 'Or' ? tests.includes(true) : !tests.includes(false);
}

/** The id and the type always come; of the rest what is asked for. */
function select(json: Json, properties: z.infer<typeof expression>['Properties']): Json {
  if (properties?.AllProperties === true) return { ...json, HasChanged: null };
  const names = new Set(['@odata.type', 'MetadataId', ...(properties?.PropertyNames ?? [])]);
  return {
    ...Object.fromEntries(Object.entries(json).filter(([name]) => names.has(name))),
    HasChanged: null,
  };
}

function partOf(all: readonly Json[], query: z.infer<typeof part>): Json[] {
  return all.filter((json) => holds(json, query?.Criteria)).map((json) => select(json, query?.Properties));
}

function entityOf({ org: { schema } }: ApiRequest, table: Table, query: z.infer<typeof expression>): Json {
  const parts: Record<string, () => Json[]> = {
    Attributes: () =>
      partOf(
        [...table.columns.values()].map((column) => columnJson(table, column)),
        query.AttributeQuery,
      ),
    Keys: () =>
      partOf(
        table.keys.map((key) => keyJson(table, key)),
        query.KeyQuery,
      ),
    ManyToOneRelationships: () =>
      partOf(
        schema.lookupsOf(table).map((each) => relationshipJson(each, schema)),
        query.RelationshipQuery,
      ),
    OneToManyRelationships: () =>
      partOf(
        schema.collectionsOf(table).map((each) => relationshipJson(each, schema)),
        query.RelationshipQuery,
      ),
    ManyToManyRelationships: () =>
      partOf(
        schema.joinsOf(table).map(({ relationship }) => manyToManyJson(relationship)),
        query.RelationshipQuery,
      ),
  };
  const asked = query.Properties?.PropertyNames ?? [];
  const wanted = Object.keys(parts).filter(
    (name) => query.Properties?.AllProperties === true || asked.includes(name),
  );
  return {
    ...select(tableJson(table), query.Properties),
    ...Object.fromEntries(wanted.map((name) => [name, parts[name]!()])),
  };
}

/** The expression in the parameter that `Query=@p` names. */
function expressionOf({ segments, query }: ApiRequest): unknown {
  const given = segments[0]!.arguments?.Query;
  const text = given?.kind === 'alias' ? query.other[given.name] : undefined;
  if (text === undefined) throw refusals.badQuery('The parameter Query is missing.');
  try {
    return JSON.parse(text);
  } catch {
    throw refusals.badQuery('The parameter Query is not valid JSON.');
  }
}

const changes: Route = {
  name: 'metadata changes',
  fits: ({ method, segments }) =>
    method === 'GET' && segments.length === 1 && segments[0]!.name === 'RetrieveMetadataChanges',
  answer: (request) => {
    const query = readMetadata(expression, expressionOf(request));
    const tables = [...request.org.schema.tables()].filter((table) =>
      holds(tableJson(table), query.Criteria),
    );
    return ok({
      '@odata.context': contextOf(request, 'Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse'),
      ServerVersionStamp: `${request.org.state.version()}!${new Date(request.org.clock.now()).toISOString()}`,
      EntityMetadata: tables.map((table) => entityOf(request, table, query)),
      DeletedMetadata: null,
    });
  },
};

export const metadataChangesRoutes: readonly Route[] = [changes];
