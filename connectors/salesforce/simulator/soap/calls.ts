/** The calls of the partner and enterprise endpoints that have no REST resource, and those that jsforce offers beside them. */

import type { SimulatorContext } from '../context.ts';
import { jsonInstant } from '../soql/values.ts';
import { ApiError, type Caller, type DmlError, type DmlResult } from '../types.ts';
import { elementOf, listOf, textOf, type XmlElement, type XmlOutput, type XmlValue } from '../xml.ts';
import { idsOf, isTrue, sObjectOf } from './arguments.ts';
import { convertLead } from './convert-lead.ts';

interface Session {
  caller: Caller;
  context: SimulatorContext;
}

type Call = (args: XmlElement, session: Session) => XmlOutput | Promise<XmlOutput>;

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
  const records = listOf(value).map(sObjectOf);
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

function userInfo({ caller, context }: Session): XmlOutput {
  const { org } = context;
  const user = org.rowById('User', caller.userId) ?? {};
  const organization = org.rowById('Organization', org.id) ?? {};
  const text = (value: unknown): string => String(value ?? '');
  return {
    accessibilityMode: false,
    chatterExternal: false,
    currencySymbol: '$',
    orgAttachmentFileSizeLimit: 5_242_880,
    orgDefaultCurrencyIsoCode: 'USD',
    orgDefaultCurrencyLocale: 'en_US',
    orgDisallowHtmlAttachments: false,
    orgHasPersonAccounts: false,
    organizationId: org.id,
    organizationMultiCurrency: false,
    organizationName: text(organization.Name),
    profileId: text(user.ProfileId),
    roleId: user.UserRoleId ? text(user.UserRoleId) : null,
    sessionSecondsValid: 7200,
    userDefaultCurrencyIsoCode: null,
    userEmail: text(user.Email),
    userFullName: text(user.Name),
    userId: caller.userId,
    userLanguage: text(user.LanguageLocaleKey || 'en_US'),
    userLocale: text(user.LocaleSidKey || 'en_US'),
    userName: text(user.Username),
    userTimeZone: caller.timeZone,
    userType: text(user.UserType || 'Standard'),
    userUiSkin: 'Theme3',
  };
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

/** The calls by name. */
export const CALLS: Record<string, Call> = {
  create: ({ sObjects }, { caller, context }) =>
    save(sObjects, (type, records) => context.org.insert(type, records, { as: caller, format: 'csv' })).map(
      resultAnswer,
    ),
  update: ({ sObjects }, { caller, context }) =>
    save(sObjects, (type, records) => context.org.update(type, records, { as: caller, format: 'csv' })).map(
      resultAnswer,
    ),
  upsert: ({ sObjects, externalIDFieldName }, { caller, context }) =>
    save(sObjects, (type, records) =>
      context.org.upsert(type, textOf(externalIDFieldName) ?? 'Id', records, { as: caller, format: 'csv' }),
    ).map((result) => ({ created: result.created, ...(resultAnswer(result) as Record<string, XmlOutput>) })),
  delete: ({ ids }, { caller, context }) => context.org.delete(idsOf(ids), { as: caller }).map(resultAnswer),
  undelete: ({ ids }, { caller, context }) =>
    context.org.undelete(idsOf(ids), { as: caller }).map(resultAnswer),
  emptyRecycleBin: ({ ids }, session) => emptyRecycleBin(idsOf(ids), session),
  merge: ({ mergeRequests }, session) => listOf(mergeRequests).map((request) => merge(request, session)),
  convertLead: async ({ leadConverts }, session) => {
    const answers: XmlOutput[] = [];
    for (const request of listOf(leadConverts)) answers.push(await convert(request, session));
    return answers;
  },
  getUserInfo: (_args, session) => userInfo(session),
  getServerTimestamp: (_args, { context }) => ({
    timestamp: jsonInstant(context.org.now()).replace('+0000', 'Z'),
  }),
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
