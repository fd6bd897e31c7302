import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { SimulatorInputError } from '../../../../src/sync/connector-manifest.ts';
import { type Element, readXmlDocument } from '../../../simulation/xml-read.ts';

/** A file of an unpacked solution: its path below the solution's folder, with slashes. */
export interface SolutionFile {
  path: string;
  text: string;
}

/** An import that the platform would refuse: each problem names its file. Nothing of the solution is kept. */
export class DeployProblem extends SimulatorInputError {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`The solution cannot be imported:\n${problems.join('\n')}`);
    this.name = 'DeployProblem';
    this.problems = problems;
  }
}

/** The XML of a solution, by the kind of file. */
export interface SolutionXml {
  manifest: PlacedXml;
  entities: PlacedXml[];
  relationships: PlacedXml[];
  roles: PlacedXml[];
  /** Paths of files that the simulator does not look into, such as forms and views. */
  ignored: string[];
}

export interface PlacedXml {
  path: string;
  element: Element;
}

const kinds = [
  { kind: 'manifest', path: /^Other\/Solution\.xml$/, root: 'ImportExportXml' },
  { kind: 'customizations', path: /^Other\/Customizations\.xml$/, root: 'ImportExportXml' },
  { kind: 'list', path: /^Other\/Relationships\.xml$/, root: 'EntityRelationships' },
  { kind: 'relationships', path: /^Other\/Relationships\/[^/]+\.xml$/, root: 'EntityRelationships' },
  { kind: 'entities', path: /^Entities\/[^/]+\/Entity\.xml$/, root: 'Entity' },
  { kind: 'roles', path: /^Roles\/[^/]+\.xml$/, root: 'Role' },
] as const;

type Kind = (typeof kinds)[number]['kind'];

/** Files of a folder, with paths below it. */
export function filesOf(folder: string): SolutionFile[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.xml'))
    .sort()
    .map((path) => ({
      path: path.split(sep).join('/'),
      text: readFileSync(join(folder, path), 'utf8'),
    }));
}

/**
 * Reads a solution as `pac solution pack` does. Its folder is the one in which Other/Solution.xml lies. Throws DeployProblem
 * for text that is no XML, a root that does not fit the place of its file, and files that are missing.
 */
export function readSolutionXml(files: readonly SolutionFile[]): SolutionXml {
  const read = new Map<Kind, PlacedXml[]>(kinds.map(({ kind }) => [kind, []]));
  const ignored: string[] = [];
  const problems: string[] = [];
  for (const file of belowSolution(files)) {
    const kind = kinds.find(({ path }) => path.test(file.path));
    if (kind === undefined) ignored.push(file.path);
    else attempt(problems, file.path, () => read.get(kind.kind)!.push(readFile(file, kind.root)));
  }
  const [manifest] = read.get('manifest')!;
  if (problems.length === 0 && manifest === undefined)
    problems.push('Other/Solution.xml: Cannot find required file.');
  if (problems.length === 0 && read.get('customizations')!.length === 0)
    problems.push('Other/Customizations.xml: Cannot find required file.');
  if (problems.length > 0 || manifest === undefined) throw new DeployProblem(problems);
  const [entities, relationships, roles] = (['entities', 'relationships', 'roles'] as const).map(
    (kind) => read.get(kind)!,
  );
  return { manifest, entities: entities!, relationships: relationships!, roles: roles!, ignored };
}

function belowSolution(files: readonly SolutionFile[]): SolutionFile[] {
  const end = 'Other/Solution.xml';
  const manifest = files.find(({ path }) => path === end || path.endsWith(`/${end}`));
  const start = manifest === undefined ? '' : manifest.path.slice(0, -end.length);
  return files
    .filter(({ path }) => path.startsWith(start))
    .map(({ path, text }) => ({ path: path.slice(start.length), text }));
}

function readFile({ path, text }: SolutionFile, expected: string): PlacedXml {
  const { root, element } = readXmlDocument(text);
  if (root !== expected) throw new Error(`The root element is <${root}>, and <${expected}> was expected.`);
  return { path, element };
}

/** Runs a step; what it throws becomes a problem of the file. */
export function attempt(problems: string[], path: string, step: () => void): void {
  try {
    step();
  } catch (error) {
    problems.push(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
