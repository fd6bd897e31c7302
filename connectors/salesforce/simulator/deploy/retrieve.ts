import { writeXmlFile, type XmlOutput } from '../../../simulation/xml-write.ts';
import { badRequest } from '../api-errors.ts';
import { createIdFactory, toId18 } from '../ids.ts';
import type { Org } from '../org.ts';
import type { Caller } from '../types.ts';
import { requireMetadataAccess } from './deployments.ts';
import { namesOf, readers } from './describe-xml.ts';
import { fileProperties } from './file-properties.ts';
import { elementInside, folderOf } from './package-zip.ts';

/** What a client wants to have: types with names of components, of which * is all that are custom. */
export interface RetrieveRequest {
  types: readonly { name: string; members: readonly string[] }[];
  version: string;
  /** Whether the files stand at the top of the zip. */
  singlePackage: boolean;
}

interface Found {
  type: string;
  fullName: string;
  content: Record<string, XmlOutput>;
}

interface ObjectFile {
  root: string;
  content: Record<string, XmlOutput>;
}

/** RetrieveResult. https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_retrieveresult.htm */
type RetrieveResult = Record<string, XmlOutput>;

export interface Retrievals {
  /** Throws ApiError. */
  start(request: RetrieveRequest, caller: Caller): Promise<{ id: string }>;
  /** Throws ApiError. */
  find(id: string, caller: Caller, withZip: boolean): RetrieveResult;
}

const known = new WeakMap<Org, Retrievals>();

export function retrievalsOf(org: Org): Retrievals {
  const found = known.get(org) ?? createRetrievals(org);
  known.set(org, found);
  return found;
}

function createRetrievals(org: Org): Retrievals {
  const newId = createIdFactory();
  const all = new Map<string, RetrieveResult>();
  return {
    start: async (request, caller) => {
      requireMetadataAccess(org, caller);
      const id = newId('09S');
      all.set(id, { id, ...(await retrieved(org, request)) });
      return { id };
    },
    find: (id, caller, withZip) => {
      requireMetadataAccess(org, caller);
      const result = all.get(toId18(id) ?? '');
      if (result === undefined) throw badRequest('INVALID_LOCATOR', `No retrieve request with id ${id}`);
      const { zipFile, ...rest } = result;
      return withZip ? { ...rest, zipFile: zipFile! } : rest;
    },
  };
}

/** The zip, what is in it, and what was asked for and is not there. */
async function retrieved(org: Org, request: RetrieveRequest): Promise<RetrieveResult> {
  const { strToU8, zipSync } = await import('fflate');
  const root = request.singlePackage ? '' : 'unpackaged/';
  const [found, messages]: [Found[], XmlOutput[]] = [[], []];
  for (const { name: type, members } of request.types) {
    const read = Object.hasOwn(readers, type) ? readers[type] : undefined;
    for (const fullName of members.flatMap((member) =>
      member === '*' ? customNames(org, type) : [member],
    )) {
      const content = read?.(org, fullName) ?? null;
      if (content !== null) found.push({ type, fullName, content });
      else
        messages.push({
          fileName: `${root}package.xml`,
          problem: problemOf(type, fullName, read === undefined),
        });
    }
  }
  // The manifest names what is there, so that the zip can be deployed as it is.
  const types = [...new Set(found.map(({ type }) => type))].map((name) => ({
    members: found.flatMap(({ type, fullName }) => (type === name ? [fullName] : [])),
    name,
  }));
  const manifest = {
    $: { xmlns: 'http://soap.sforce.com/2006/04/metadata' },
    types,
    version: request.version,
  };
  const files = new Map([...filesOf(found), ['package.xml', writeXmlFile('Package', manifest)]]);
  const zip = zipSync(Object.fromEntries([...files].map(([path, text]) => [root + path, strToU8(text)])));
  return {
    ...{ done: true, status: 'Succeeded', success: true, messages },
    fileProperties: found.map(({ type, fullName }, index) => {
      const properties = fileProperties(org, { type, fullName, index });
      return { ...properties, fileName: `${root}${String(properties.fileName)}` };
    }),
    zipFile: Buffer.from(zip).toString('base64'),
  };
}

function problemOf(type: string, fullName: string, isUnknown: boolean): string {
  return isUnknown
    ? `Unknown type name '${type}' specified in package.xml`
    : `Entity of type '${type}' named '${fullName}' cannot be found`;
}

/** The wildcard leaves out objects of the platform's own. */
function customNames(org: Org, type: string): string[] {
  return namesOf(org, type).filter((name) => type !== 'CustomObject' || name.endsWith('__c'));
}

/** Files by their paths; what stands in the file of its object is put together there. */
function filesOf(found: readonly Found[]): Map<string, string> {
  const files = new Map<string, ObjectFile>();
  const xmlns = { $: { xmlns: 'http://soap.sforce.com/2006/04/metadata' } };
  for (const { type, fullName, content } of found) {
    const { folder, holder } = folderOf(type);
    const element = elementInside(type);
    const { fullName: _own, ...rest } = content;
    if (element === undefined) {
      const path = `${folder}/${fullName}.${holder}`;
      const inside = files.get(path)?.content ?? {};
      // The file of a whole object has its fields already.
      files.set(path, { root: type, content: { ...inside, ...xmlns, ...rest } });
      continue;
    }
    const [object = '', name = ''] = fullName.split('.');
    const path = `${folder}/${object}.${holder}`;
    const file: ObjectFile = files.get(path) ?? { root: 'CustomObject', content: { ...xmlns } };
    const before = (file.content[element] ?? []) as XmlOutput[];
    const isThere = before.some((one) => (one as { fullName?: XmlOutput }).fullName === name);
    const all = isThere ? before : [...before, { fullName: name, ...rest }];
    files.set(path, { root: file.root, content: { ...file.content, [element]: all } });
  }
  return new Map([...files].map(([path, { root, content }]) => [path, writeXmlFile(root, content)]));
}
