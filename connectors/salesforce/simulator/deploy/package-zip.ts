import { childrenOf, type Element, parseXml, textOf } from '../../../simulation/xml-read.ts';
import { type Component, fullNameOf } from './components.ts';

/**
 * What a zip of the Metadata API holds: package.xml, and the components that it names.
 * https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/file_based_zip_file.htm
 */
export interface MetadataPackage {
  components: (Component & { type: string })[];
  problems: PackageProblem[];
}

/** What stands against the package itself, or one of its files. */
export interface PackageProblem {
  fileName: string;
  fullName: string;
  type: string;
  problem: string;
}

interface Folder {
  type: string;
  kind: string;
}

/** Folders of a zip, with the type in package.xml and the suffix of their files. */
const folders: Readonly<Record<string, Folder>> = {
  objects: { type: 'CustomObject', kind: 'object' },
  permissionsets: { type: 'PermissionSet', kind: 'permissionset' },
  globalValueSets: { type: 'GlobalValueSet', kind: 'globalValueSet' },
  standardValueSets: { type: 'StandardValueSet', kind: 'standardValueSet' },
  layouts: { type: 'Layout', kind: 'layout' },
  workflows: { type: 'Workflow', kind: 'workflow' },
};

/** What stands inside the file of an object, by element. */
const insideObjects: Readonly<Record<string, Folder>> = {
  fields: { type: 'CustomField', kind: 'field' },
  recordTypes: { type: 'RecordType', kind: 'recordType' },
};

/** Where components of a type stand in a zip. kind: as their own file is called; holder: the suffix of the file that has them. */
export function folderOf(type: string): { folder: string; kind: string; holder: string } {
  const own = Object.entries(folders).find(([, each]) => each.type === type);
  const inside = Object.values(insideObjects).find((each) => each.type === type);
  if (own !== undefined) return { folder: own[0], kind: own[1].kind, holder: own[1].kind };
  return { folder: 'objects', kind: inside?.kind ?? '', holder: 'object' };
}

const types = new Set([...Object.values(folders), ...Object.values(insideObjects)].map(({ type }) => type));

/** Takes the wrapping folder off, where there is one. */
function unwrapped(files: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const manifest = [...files.keys()].find((path) => /^([^/]+\/)?package\.xml$/.test(path));
  const prefix = manifest?.slice(0, -'package.xml'.length) ?? '';
  return new Map([...files].map(([path, text]) => [path.replace(prefix, ''), text]));
}

/** A component that is given without a file; undefined for a type that does not exist here. An object brings its fields along. */
export function componentNamed(
  type: string,
  fullName: string,
  xml: Element,
): MetadataPackage['components'] | undefined {
  if (!types.has(type)) return undefined;
  const { folder, kind, holder } = folderOf(type);
  if (holder === kind) return componentsOf(`${folder}/${fullName}.${kind}`, xml);
  const [object = '', name = ''] = fullName.split('.');
  const own = { ...xml, fullName: [name] };
  return [{ type, kind, path: `${folder}/${object}.${holder}`, object, name, xml: own }];
}

/** Types as describeMetadata() tells them, with those that stand inside their files. */
export function describedTypes(): { xmlName: string; directory: string; suffix: string; inside: string[] }[] {
  return Object.entries(folders).map(([directory, { type, kind }]) => ({
    ...{ xmlName: type, directory, suffix: kind },
    inside: directory === 'objects' ? Object.values(insideObjects).map((each) => each.type) : [],
  }));
}

/** The element in which a component of a type stands inside the file of its object; undefined for one with a file of its own. */
export function elementInside(type: string): string | undefined {
  return Object.entries(insideObjects).find(([, each]) => each.type === type)?.[0];
}

/** The components of a file: an object's file holds its fields too. */
function componentsOf(path: string, xml: Element): MetadataPackage['components'] {
  const [folder = '', file = ''] = path.split('/');
  const of = folders[folder];
  if (of === undefined) return [];
  const name = file.replace(/\.[^.]+$/, '');
  const own = { path, ...of, name, object: folder === 'objects' ? name : '', xml };
  const inside = Object.entries(insideObjects).flatMap(([element, each]) =>
    childrenOf(xml, element).map((child) => ({
      ...{ path, ...each, object: name, xml: child },
      name: textOf(child, 'fullName') ?? '',
    })),
  );
  return [own, ...(folder === 'objects' ? inside : [])];
}

/** Reads the files of a zip, text by path; the components are those that package.xml names. */
export function readPackage(given: ReadonlyMap<string, string>): MetadataPackage {
  const files = unwrapped(given);
  const manifest = files.get('package.xml');
  const packageProblem = (problem: string): PackageProblem => ({
    ...{ fileName: 'package.xml', fullName: 'package.xml', type: '', problem },
  });
  if (manifest === undefined) return { components: [], problems: [packageProblem('No package.xml found')] };
  const problems: PackageProblem[] = [];
  const xmlOf = (path: string, text: string): Element => {
    try {
      return parseXml(text);
    } catch (error) {
      const problem = `Error parsing file: ${error instanceof Error ? error.message : String(error)}`;
      problems.push({ fileName: path, fullName: path, type: '', problem });
      return {};
    }
  };
  const named = childrenOf(xmlOf('package.xml', manifest), 'types').flatMap((each) => {
    const type = textOf(each, 'name') ?? '';
    if (!types.has(type)) {
      problems.push(packageProblem(`Unknown type name '${type}' specified in package.xml`));
      return [];
    }
    return (each.members ?? []).map((member) => ({ type, fullName: String(member) }));
  });
  const found = [...files]
    .filter(([path]) => path !== 'package.xml')
    .flatMap(([path, text]) => componentsOf(path, xmlOf(path, text)));
  const isNamed = (each: (typeof found)[number]) =>
    named.some(({ type, fullName }) => type === each.type && fullName === fullNameOf(each));
  for (const { type, fullName } of named) {
    if (found.some((each) => each.type === type && fullNameOf(each) === fullName)) continue;
    const problem = `An object '${fullName}' of type ${type} was named in package.xml, but was not found in zipped directory`;
    problems.push({ fileName: 'package.xml', fullName, type, problem });
  }
  for (const each of found) {
    // The file of an object is the place of its fields, too.
    if (each.kind === 'object' || isNamed(each)) continue;
    const { path: fileName, type } = each;
    problems.push({ fileName, fullName: fullNameOf(each), type, problem: 'Not in package.xml' });
  }
  return { components: found.filter(isNamed), problems };
}
