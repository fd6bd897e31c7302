import { childOf, childrenOf, type Element, textOf } from '../../../simulation/xml-read.ts';

/** What Other/Solution.xml says. */
export interface Manifest {
  uniqueName: string;
  version: string;
  publisher: string;
  /** Prefix of the names that the solution brings, without the underscore. */
  prefix: string;
  /** Choices of the publisher begin with this number followed by four noughts. */
  optionValuePrefix: number;
  /** Tables by logical name: whether the solution has the whole table. */
  tables: Map<string, { isWhole: boolean }>;
  /** Ids of roles, lower case, without braces. */
  roles: Set<string>;
}

/**
 * Reads the manifest. Throws for what is missing and for a publisher that the platform does not take: a prefix has 2 to 8
 * letters and figures and begins with a letter but not with mscrm; an option value prefix lies between 10,000 and 99,999.
 * https://learn.microsoft.com/power-platform/alm/create-solution
 */
export function readManifest(element: Element): Manifest {
  const manifest = childOf(element, 'SolutionManifest');
  if (manifest === undefined) throw new Error('The SolutionManifest is missing.');
  const publisher = childOf(manifest, 'Publisher');
  if (publisher === undefined) throw new Error('The solution has no Publisher.');
  const prefix = needed(publisher, 'CustomizationPrefix');
  if (!/^(?!mscrm)[a-z][a-z0-9]{1,7}$/i.test(prefix))
    throw new Error(`The CustomizationPrefix '${prefix}' is not valid.`);
  const options = Number(needed(publisher, 'CustomizationOptionValuePrefix'));
  if (!Number.isInteger(options) || options < 10_000 || options > 99_999)
    throw new Error(`The CustomizationOptionValuePrefix '${options}' is not valid.`);
  const version = needed(manifest, 'Version');
  if (!/^\d+\.\d+(\.\d+){0,2}$/.test(version)) throw new Error(`The Version '${version}' is not valid.`);
  return {
    uniqueName: needed(manifest, 'UniqueName'),
    version,
    publisher: needed(publisher, 'UniqueName'),
    prefix,
    optionValuePrefix: options,
    ...rootsOf(manifest),
  };
}

function needed(element: Element, name: string): string {
  const text = textOf(element, name);
  if (text === undefined || text === '') throw new Error(`${name} is missing.`);
  return text;
}

function rootsOf(manifest: Element): Pick<Manifest, 'tables' | 'roles'> {
  const roots = childrenOf(childOf(manifest, 'RootComponents') ?? {}, 'RootComponent');
  const ofType = (type: string) => roots.filter((root) => textOf(root, '@type') === type);
  return {
    tables: new Map(
      ofType('1').map((root) => [
        (textOf(root, '@schemaName') ?? '').toLowerCase(),
        { isWhole: (textOf(root, '@behavior') ?? '0') === '0' },
      ]),
    ),
    roles: new Set(ofType('20').map((root) => bareGuid(textOf(root, '@id') ?? ''))),
  };
}

/** {AB..}: ab.. */
export function bareGuid(text: string): string {
  return text.toLowerCase().replace(/^\{(.*)\}$/, '$1');
}
