import { deleteCollection, retrieveCollection, upsertCollection, writeCollection } from '../collections.ts';
import type { RegisterRoutes } from '../context.ts';
import { dmlOptionsOf } from '../request-options.ts';
import { versionOf } from '../versions.ts';
import { objectOf } from './describe.ts';

interface CollectionRoute {
  Params: { version: string; object: string; key: string };
  Querystring: { ids?: string; fields?: string; allOrNone?: string };
  Body: { ids?: unknown; fields?: unknown } | undefined;
}

const MOST_BY_URL = 800;
const MOST_BY_BODY = 2000;

const listOf = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');

/** The texts of a list in a body; none for anything else. */
const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

/** sObject collections: create, update, upsert, delete and retrieve up to 200 (2,000) records in a call. */
export const registerCollectionRoutes: RegisterRoutes = (app, context) => {
  const { org } = context;
  const url = '/services/data/:version/composite/sobjects';
  app.post(url, async (request) => {
    const caller = context.callerOf(request);
    return writeCollection(org, 'insert', { body: request.body, options: dmlOptionsOf(request, caller) });
  });
  app.patch(url, async (request) => {
    const caller = context.callerOf(request);
    return writeCollection(org, 'update', { body: request.body, options: dmlOptionsOf(request, caller) });
  });
  app.delete<CollectionRoute>(url, async (request) => {
    const options = dmlOptionsOf(request, context.callerOf(request));
    const allOrNone = request.query.allOrNone === 'true';
    return deleteCollection(org, listOf(request.query.ids), { ...options, allOrNone });
  });
  app.patch<CollectionRoute>(`${url}/:object/:key`, async (request) => {
    const caller = context.callerOf(request);
    const object = objectOf(context, request.params.object, caller);
    const options = dmlOptionsOf(request, caller);
    return upsertCollection(org, { object, key: request.params.key }, { body: request.body, options });
  });
  app.get<CollectionRoute>(`${url}/:object`, async (request) => {
    const caller = context.callerOf(request);
    const object = objectOf(context, request.params.object, caller);
    const version = versionOf(request.params.version);
    const { ids, fields } = request.query;
    const wanted = { ids: listOf(ids), fields: listOf(fields), most: MOST_BY_URL };
    return retrieveCollection(org, { object, caller, version }, wanted);
  });
  app.post<CollectionRoute>(`${url}/:object`, async (request) => {
    const caller = context.callerOf(request);
    const object = objectOf(context, request.params.object, caller);
    const version = versionOf(request.params.version);
    const { ids, fields } = request.body ?? {};
    const wanted = { ids: textsOf(ids), fields: textsOf(fields), most: MOST_BY_BODY };
    return retrieveCollection(org, { object, caller, version }, wanted);
  });
};
