import { userPermissions } from '../access.ts';
import type { Org } from '../org.ts';
import { recordTypeListsOf } from '../record-type-lists.ts';
import { ComponentProblem, deployComponent, deployedKinds, fullNameOf } from './components.ts';
import { namesOf } from './describe-xml.ts';
import { keptFilesSnapshot } from './kept-files.ts';
import type { MetadataPackage, PackageProblem } from './package-zip.ts';
import { valueSetsOf } from './value-sets.ts';

/** What a client says of how to deploy, as far as it decides anything here. */
export interface DeployOptions {
  checkOnly: boolean;
  rollbackOnError: boolean;
}

/** What came of one component; problem: null where it was deployed. */
export interface DeployMessage {
  fileName: string;
  fullName: string;
  componentType: string;
  created: boolean;
  problem: string | null;
}

/** What a component takes beside the use of the Metadata API. */
function lackOf(held: ReadonlySet<string>, type: string): string | null {
  const wanted = type === 'PermissionSet' ? 'ManageProfilesPermissionsets' : 'CustomizeApplication';
  return held.has(`Permissions${wanted}`)
    ? null
    : `You do not have the level of access necessary to perform the operation you requested: ${wanted}`;
}

/**
 * Deploys a package: everything or, without rollbackOnError, what can be deployed; nothing where it only checks. isKept: whether
 * what could be deployed is there now.
 */
export function deployAll(
  org: Org,
  contents: MetadataPackage,
  { checkOnly, rollbackOnError, userId }: DeployOptions & { userId: string },
): { messages: DeployMessage[]; isKept: boolean } {
  const undo = [
    org.schema.snapshot(),
    valueSetsOf(org).snapshot(),
    recordTypeListsOf(org.state).snapshot(),
    keptFilesSnapshot(org),
  ];
  const savepoint = org.state.savepoint();
  const held = userPermissions(org.state, userId);
  const messages = [
    ...contents.problems.map(packageMessage),
    ...inOrder(contents).flatMap((component) => deployOne(org, component, { contents, held })),
  ];
  const isWhole = messages.every(({ problem }) => problem === null);
  const isKept = !checkOnly && (isWhole || !rollbackOnError);
  if (isKept) org.state.release();
  else {
    org.state.rollback(savepoint);
    for (const each of undo) each();
    for (const { object } of contents.components) {
      const meta = org.schema.object(object);
      if (meta !== undefined) org.state.table(meta).reindex();
    }
  }
  return { messages, isKept };
}

function packageMessage({ type: componentType, ...rest }: PackageProblem): DeployMessage {
  return { ...rest, componentType, created: false };
}

function inOrder({ components }: MetadataPackage): MetadataPackage['components'] {
  return [...components].sort(
    (one, other) => deployedKinds.indexOf(one.kind) - deployedKinds.indexOf(other.kind),
  );
}

/** A component that is refused for several reasons has a message for each. */
function deployOne(
  org: Org,
  component: MetadataPackage['components'][number],
  { contents, held }: { contents: MetadataPackage; held: ReadonlySet<string> },
): DeployMessage[] {
  const { path: fileName, type: componentType } = component;
  const fullName = fullNameOf(component);
  const message = { fileName, fullName, componentType };
  const isThere = namesOf(org, componentType).includes(fullName);
  const lack = lackOf(held, componentType);
  if (lack !== null) return [{ ...message, created: false, problem: lack }];
  try {
    deployComponent(org, component, contents.components);
    return [{ ...message, created: !isThere, problem: null }];
  } catch (error) {
    const problems =
      error instanceof ComponentProblem
        ? error.problems
        : [error instanceof Error ? error.message : String(error)];
    return problems.map((problem) => ({ ...message, created: false, problem }));
  }
}
