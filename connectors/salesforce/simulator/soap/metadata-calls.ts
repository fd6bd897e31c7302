/** The calls of the Metadata API. https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_calls_intro.htm */

import { deployResult } from '../deploy/deploy-answer.ts';
import { deploymentsOf, requireMetadataAccess } from '../deploy/deployments.ts';
import { namesOf, readers } from '../deploy/describe-xml.ts';
import { fileProperties } from '../deploy/file-properties.ts';
import { describedTypes } from '../deploy/package-zip.ts';
import { retrievalsOf } from '../deploy/retrieve.ts';
import { unzipped } from '../deploy/unzip.ts';
import { elementOf, listOf, textOf, type XmlElement, type XmlOutput } from '../xml.ts';
import { isTrue } from './arguments.ts';
import { SoapFault } from './envelope.ts';
import { changeMetadata } from './metadata-changes.ts';
import type { Session } from './session.ts';

/** Components of one readMetadata(). */
const MOST_READ = 10;

type Call = (args: XmlElement, session: Session) => XmlOutput | Promise<XmlOutput>;

function unknownType(name: string): SoapFault {
  return new SoapFault('sf:INVALID_TYPE', `INVALID_TYPE: Unknown type:${name}`);
}

/** What is not there is an element that is nil, or not there itself where the platform leaves it out. */
const readMetadata: Call = ({ type, fullNames }, { context, caller }) => {
  requireMetadataAccess(context.org, caller);
  const name = textOf(type) ?? '';
  const read = Object.hasOwn(readers, name) ? readers[name] : undefined;
  if (read === undefined) throw unknownType(name);
  const wanted = listOf(fullNames);
  if (wanted.length > MOST_READ)
    throw new SoapFault('sf:LIMIT_EXCEEDED', `LIMIT_EXCEEDED: Limit exceeded: readMetadata ${MOST_READ}`);
  const records = wanted.map((each): XmlOutput => {
    const component = read(context.org, textOf(each) ?? '');
    return component === null ? null : { $: { 'xsi:type': name }, ...component };
  });
  return { records };
};

/** Queries of one listMetadata(). */
const MOST_LISTED = 3;

const listMetadata: Call = ({ queries }, { context, caller }) => {
  requireMetadataAccess(context.org, caller);
  const wanted = listOf(queries);
  if (wanted.length > MOST_LISTED)
    throw new SoapFault('sf:LIMIT_EXCEEDED', `LIMIT_EXCEEDED: Limit exceeded: listMetadata ${MOST_LISTED}`);
  return wanted.flatMap((query) => {
    const type = textOf(elementOf(query).type) ?? '';
    if (!Object.hasOwn(readers, type)) throw unknownType(type);
    return namesOf(context.org, type).map((fullName, index) =>
      fileProperties(context.org, { type, fullName, index }),
    );
  });
};

const deploy: Call = async ({ ZipFile, DeployOptions }, { context, caller }) => {
  const given = elementOf(DeployOptions);
  const options = { checkOnly: isTrue(given.checkOnly), rollbackOnError: isTrue(given.rollbackOnError) };
  const files = await unzipped(Buffer.from(textOf(ZipFile) ?? '', 'base64'));
  const { id } = deploymentsOf(context.org).start(files, options, caller);
  return { done: false, id, state: 'Queued' };
};

const checkDeployStatus: Call = ({ asyncProcessId, includeDetails }, { context, caller }) => {
  const deployment = deploymentsOf(context.org).find(textOf(asyncProcessId) ?? '', caller);
  return deployResult(deployment, context.org, isTrue(includeDetails));
};

const cancelDeploy: Call = ({ String: id }, { context, caller }) => {
  const deployment = deploymentsOf(context.org).cancel(textOf(id) ?? '', caller);
  return { done: true, id: deployment.id };
};

/** https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_describemetadataresult.htm */
const describeMetadata: Call = (_args, { context, caller }) => {
  requireMetadataAccess(context.org, caller);
  const metadataObjects = describedTypes().map(({ xmlName, directory, suffix, inside }) => ({
    ...(inside.length === 0 ? {} : { childXmlNames: inside }),
    ...{ directoryName: directory, inFolder: false, metaFile: false, suffix, xmlName },
  }));
  return { metadataObjects, organizationNamespace: '', partialSaveAllowed: true, testRequired: false };
};

const retrieve: Call = async (args, { context, caller }) => {
  const given = elementOf(args.request ?? args.retrieveRequest);
  const { types, version } = elementOf(given.unpackaged);
  const wanted = listOf(types)
    .map(elementOf)
    .map(({ name, members }) => ({
      name: textOf(name) ?? '',
      members: listOf(members).flatMap((member) => textOf(member) ?? []),
    }));
  const { id } = await retrievalsOf(context.org).start(
    {
      types: wanted,
      version: textOf(version) ?? textOf(given.apiVersion) ?? '',
      singlePackage: isTrue(given.singlePackage),
    },
    caller,
  );
  return { done: false, id, state: 'Queued' };
};

const checkRetrieveStatus: Call = ({ asyncProcessId, includeZip }, { context, caller }) =>
  // Without a word the zip comes along.
  retrievalsOf(context.org).find(textOf(asyncProcessId) ?? '', caller, textOf(includeZip) !== 'false');

export const METADATA_CALLS: Readonly<Record<string, Call>> = {
  createMetadata: changeMetadata('create'),
  updateMetadata: changeMetadata('update'),
  upsertMetadata: changeMetadata('upsert'),
  readMetadata,
  listMetadata,
  describeMetadata,
  deploy,
  checkDeployStatus,
  cancelDeploy,
  retrieve,
  checkRetrieveStatus,
};
