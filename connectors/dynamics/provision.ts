import type { SourceFile, SourceRequest } from '../../src/sync/mapping/provision.ts';
import { writeXmlFile, type XmlOutput } from '../simulation/xml-write.ts';
import { installedColumns } from './provision/columns.ts';
import { prefixOf, roleName } from './provision/publisher.ts';
import {
  type InstalledRelationship,
  installedRelationships,
  relationshipListXml,
  relationshipsXml,
} from './provision/relationships.ts';
import { roleXml } from './provision/role.ts';
import { customizationsXml, solutionXml } from './provision/solution.ts';
import { schemaNameOf } from './provision/standard.ts';
import { entityXml, installedTables } from './provision/tables.ts';

/** Below the output folder; `pac solution pack --folder` is pointed at it. */
const root = 'solution';

/**
 * An unpacked solution with what the mappings need: the columns and tables that they install, alternate keys for our ids,
 * and a security role that grants exactly what is read and written. Laid out as `pac solution unpack` does:
 * https://learn.microsoft.com/power-platform/alm/solution-packager-tool
 */
export async function source(request: SourceRequest): Promise<SourceFile[]> {
  const columns = installedColumns(request);
  const tables = installedTables(request, columns);
  const relationships = installedRelationships(columns, request);
  return [
    file('Other/Solution.xml', 'ImportExportXml', solutionXml(tables, prefixOf(request))),
    file('Other/Customizations.xml', 'ImportExportXml', customizationsXml()),
    ...relationshipFiles(relationships),
    ...tables.map((table) => file(`Entities/${table.schemaName}/Entity.xml`, 'Entity', entityXml(table))),
    file(`Roles/${roleName}.xml`, 'Role', roleXml(request)),
  ];
}

function relationshipFiles(relationships: readonly InstalledRelationship[]): SourceFile[] {
  if (relationships.length === 0) return [];
  const targets = [...new Set(relationships.map(({ target }) => target))].sort();
  return [
    file('Other/Relationships.xml', 'EntityRelationships', relationshipListXml(relationships)),
    ...targets.map((target) =>
      file(
        `Other/Relationships/${schemaNameOf(target)}.xml`,
        'EntityRelationships',
        relationshipsXml(relationships.filter((each) => each.target === target)),
      ),
    ),
  ];
}

function file(path: string, element: string, content: XmlOutput): SourceFile {
  return { path: `${root}/${path}`, text: writeXmlFile(element, content) };
}
