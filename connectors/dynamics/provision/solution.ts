import type { XmlOutput } from '../../simulation/xml-write.ts';
import { labelled } from './attribute.ts';
import { language, optionValuePrefix, roleId, solutionName, solutionVersion } from './publisher.ts';
import type { InstalledTable } from './tables.ts';

type Xml = { [name: string]: XmlOutput };

const xsi = { 'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance' };

/** https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/solutioncomponent */
const componentTypes = { table: 1, role: 20 } as const;

/** What a root component brings along: all of the table, or only what the solution itself holds of it. */
const behaviors = { whole: 0, shell: 2 } as const;

/** The contents of Other/Solution.xml. */
export function solutionXml(tables: readonly InstalledTable[], prefix: string): Xml {
  return {
    $: {
      version: '9.2.0.0',
      SolutionPackageVersion: '9.2',
      languagecode: language,
      generatedBy: 'CrmLive',
      ...xsi,
    },
    SolutionManifest: {
      UniqueName: solutionName,
      LocalizedNames: labelled('LocalizedName', 'Tierlink'),
      Descriptions: labelled(
        'Description',
        'Partner tiers, KPIs and decisions, and the role of the integration.',
      ),
      Version: solutionVersion,
      Managed: 0,
      Publisher: publisherXml(prefix),
      RootComponents: { RootComponent: rootComponents(tables) },
      MissingDependencies: '',
    },
  };
}

/** The publisher is named after its prefix: two prefixes are two publishers. */
function publisherXml(prefix: string): Xml {
  return {
    UniqueName: prefix,
    LocalizedNames: labelled('LocalizedName', 'Tierlink'),
    Descriptions: '',
    EMailAddress: null,
    SupportingWebsiteUrl: null,
    CustomizationPrefix: prefix,
    CustomizationOptionValuePrefix: optionValuePrefix,
    Addresses: '',
  };
}

function rootComponents(tables: readonly InstalledTable[]): Xml[] {
  return [
    ...tables.map(({ name, own }) => ({
      $: {
        type: componentTypes.table,
        schemaName: name,
        behavior: own === undefined ? behaviors.shell : behaviors.whole,
      },
    })),
    { $: { type: componentTypes.role, id: `{${roleId}}`, behavior: behaviors.whole } },
  ];
}

/** The contents of Other/Customizations.xml: what is unpacked into files of its own stays empty here. */
export function customizationsXml(): Xml {
  const empty = [
    'Entities',
    'Roles',
    'Workflows',
    'FieldSecurityProfiles',
    'Templates',
    'EntityMaps',
    'EntityRelationships',
    'OrganizationSettings',
    'optionsets',
    'CustomControls',
    'EntityDataProviders',
  ];
  return {
    $: xsi,
    ...Object.fromEntries(empty.map((name) => [name, ''])),
    Languages: { Language: language },
  };
}
