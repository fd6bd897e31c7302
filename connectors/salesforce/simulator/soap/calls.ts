/** The calls of the partner and enterprise endpoints. */

import type { SimulatorContext } from '../context.ts';
import { jsonInstant } from '../soql/values.ts';
import { ApiError, type Caller, type DmlError, type DmlResult } from '../types.ts';
import { elementOf, listOf, textOf, type XmlElement, type XmlOutput, type XmlValue } from '../xml.ts';
import { dmlOptionsOf, idsOf, isTrue, shortListOf, sObjectOf } from './arguments.ts';
import { convertLead } from './convert-lead.ts';
import { describeGlobal, describeSObject } from './describe.ts';
import { userInfo } from './login.ts';
import { query, queryMore, replicate, retrieve, search } from './reads.ts';
import type { Session } from './session.ts';

/** Objects of one describeSObjects(). */
const MOST_DESCRIBED = 100;

type Call = (args: XmlElement, session: Session) => XmlOutput | undefined | Promise<XmlOutput>;

function errorAnswer({ statusCode, message, fields }: DmlError): XmlOutput {
  return { ...(fields.length > 0 ? { fields } : {}), message, statusCode };
}

function resultAnswer(result: DmlResult): XmlOutput {
  const { id, success, errors } = result;
  return { ...(errors.length > 0 ? { errors: errors.map(errorAnswer) } : {}), id, success };
}

/** Writes records grouped by type, keeping their order. */
function save(
  value: XmlValue | undefined,
  write: (type: string, records: Array<Record<string, unknown>>) => DmlResult[],
): DmlResult[] {
  const records = shortListOf(value).map(sObjectOf);
  const results: DmlResult[] = [];
  for (const type of new Set(records.map((record) => record.type))) {
    const members = records.flatMap((record, index) => (record.type === type ? [{ record, index }] : []));
    const outcome = write(
      type,
      members.map(({ record }) => record.values),
    );
    members.forEach(({ index }, i) => {
      results[index] = outcome[i] as DmlResult;
    });
  }
  return results;
}

function merge(request: XmlValue, { caller, context }: Session): XmlOutput {
  const { masterRecord, recordToMergeIds } = elementOf(request);
  const { type, values } = sObjectOf(masterRecord);
  const { Id, ...changes } = values;
  const loserIds = listOf(recordToMergeIds).map((id) => textOf(id) ?? '');
  const result = context.org.merge(
    type,
    { masterId: String(Id ?? ''), loserIds, values: changes },
    { as: caller, format: 'csv' },
  );
  const { success, errors } = result;
  return {
    ...(success ? {} : { errors: errors.map(errorAnswer) }),
    id: success ? result.id : null,
    ...(success ? { mergedRecordIds: loserIds } : {}),
    success,
    updatedRelatedIds: [],
  };
}

async function convert(request: XmlValue, { caller, context }: Session): Promise<XmlOutput> {
  const given = elementOf(request);
  const result = await convertLead(
    {
      leadId: textOf(given.leadId) ?? '',
      convertedStatus: textOf(given.convertedStatus) ?? '',
      accountId: textOf(given.accountId),
      contactId: textOf(given.contactId),
      opportunityId: textOf(given.opportunityId),
      opportunityName: textOf(given.opportunityName),
      ownerId: textOf(given.ownerId),
      doNotCreateOpportunity: isTrue(given.doNotCreateOpportunity),
      overwriteLeadSource: isTrue(given.overwriteLeadSource),
    },
    caller,
    context,
  );
  const { accountId, contactId, leadId, opportunityId, success, errors } = result;
  return { accountId, contactId, errors: errors.map(errorAnswer), leadId, opportunityId, success };
}

function emptyRecycleBin(ids: string[], { caller, context }: Session): XmlOutput {
  return ids.map((id) => {
    if (context.org.find(id)?.row.IsDeleted !== true) {
      const error = {
        statusCode: 'INVALID_ID_FIELD',
        message: 'Record is not in recycle bin',
        fields: [],
        status: 400,
      };
      return resultAnswer({ id, success: false, created: false, errors: [error] });
    }
    return context.org.hardDelete([id], { as: caller }).map(resultAnswer)[0] ?? null;
  });
}

function remove(ids: string[], { caller, context, header }: Session): XmlOutput {
  return context.org.delete(ids, dmlOptionsOf(header, caller)).map(resultAnswer);
}

/** The calls by name. */
export const CALLS: Record<string, Call> = {
  create: ({ sObjects }, { caller, context, header }) => {
    const options = dmlOptionsOf(header, caller);
    return save(sObjects, (type, records) => context.org.insert(type, records, options)).map(resultAnswer);
  },
  update: ({ sObjects }, { caller, context, header }) => {
    const options = dmlOptionsOf(header, caller);
    return save(sObjects, (type, records) => context.org.update(type, records, options)).map(resultAnswer);
  },
  upsert: ({ sObjects, externalIDFieldName }, { caller, context, header }) => {
    const options = dmlOptionsOf(header, caller);
    const key = textOf(externalIDFieldName) ?? 'Id';
    return save(sObjects, (type, records) => context.org.upsert(type, key, records, options)).map(
      (result) => ({ created: result.created, ...(resultAnswer(result) as Record<string, XmlOutput>) }),
    );
  },
  // the WSDL says `ids`; Beatbox and its kin have always sent `id`, and the platform takes it
  delete: ({ ids, id }, session) => remove(idsOf(ids ?? id), session),
  undelete: ({ ids }, { caller, context }) =>
    context.org.undelete(idsOf(ids), { as: caller }).map(resultAnswer),
  emptyRecycleBin: ({ ids }, session) => emptyRecycleBin(idsOf(ids), session),
  merge: ({ request, mergeRequests }, session) =>
    listOf(request ?? mergeRequests).map((one) => merge(one, session)),
  convertLead: async ({ leadConverts }, session) => {
    const answers: XmlOutput[] = [];
    for (const request of listOf(leadConverts)) answers.push(await convert(request, session));
    return answers;
  },
  query: (args, session) => query(args, session, false),
  queryAll: (args, session) => query(args, session, true),
  queryMore,
  retrieve,
  search,
  getUpdated: (args, session) => replicate(args, session, 'updated'),
  getDeleted: (args, session) => replicate(args, session, 'deleted'),
  describeGlobal: (_args, session) => describeGlobal(session),
  describeSObject: ({ sObjectType }, session) => describeSObject(textOf(sObjectType) ?? '', session),
  describeSObjects: ({ sObjectType }, session) =>
    shortListOf(sObjectType, MOST_DESCRIBED).map((name) => describeSObject(textOf(name) ?? '', session)),
  getUserInfo: (_args, { caller, context }) => userInfo(caller.userId, context),
  getServerTimestamp: (_args, { context }) => ({
    timestamp: jsonInstant(context.org.now()).replace('+0000', 'Z'),
  }),
  logout: (_args, { context, sessionId }) => {
    context.tokens.expire(sessionId);
    return undefined;
  },
};

/** The caller of a session. @throws ApiError INVALID_SESSION_ID */
export function callerOf(sessionId: string | undefined, context: SimulatorContext): Caller {
  const caller = sessionId === undefined ? undefined : context.tokens.verify(sessionId);
  if (caller) return caller;
  throw new ApiError(
    401,
    'INVALID_SESSION_ID',
    'Invalid Session ID found in SessionHeader: Illegal Session. Session not found, missing session key',
  );
}
