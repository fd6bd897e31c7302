import type { App, AppConnection } from '../app.ts';
import { isTierlinkError, TierlinkError } from '../errors.ts';
import { type Claim, readClaim } from '../install/claim.ts';
import { type InstallPlan, needsHash, plannedStep, withId } from '../install/file.ts';
import { installSteps } from '../install/steps.ts';
import { instantOf } from '../model/clock.ts';
import type { InstallPart } from '../sync/installer.ts';
import type { ObjectMapping } from '../sync/mapping/schema.ts';
import { loadConnection, requirePinned } from '../sync/records/connections.ts';
import { linesOf } from './install-lines.ts';
import { chooseMappings, prefixFor, sourceRequest } from './source.ts';

/** What the mappings of a connection need, and which of them were left out as the org does not have their object. */
export interface InstallNeeds {
  parts: InstallPart[];
  leftOut: string[];
  /** Objects that the mappings write to. */
  written: string[];
}

/**
 * What is to be installed. withOptional: also for optional objects that the org does not have. Throws INSTALL_NOT_OFFERED, and
 * CONFIG_INVALID, and
 * what describing the org throws.
 */
export async function installNeeds(
  app: Pick<App, 'program' | 'project'>,
  connection: AppConnection,
  { withOptional }: { withOptional: boolean },
): Promise<InstallNeeds> {
  const { alias, manifest, settings } = connection;
  const { installing, label } = manifest;
  if (installing === null) throw new TierlinkError('INSTALL_NOT_OFFERED', { label, connection: alias });
  const prefix = prefixFor(manifest, settings, { file: app.project.file, alias });
  const describe = async (objects: readonly string[]) => {
    const described = await connection.connector().describe(objects);
    return described.map(({ name }) => name);
  };
  const { mappings, leftOut, error } = await chooseMappings(
    connection.mappings(),
    withOptional ? async (objects) => objects : describe,
  );
  // Files can be made without the org; a plan cannot.
  if (error !== null) throw error;
  const request = sourceRequest(app.program, mappings, prefix);
  const parts = await installing.parts({ ...request, layouts: settings.layouts });
  return { parts, leftOut, written: writtenObjects(mappings) };
}

function writtenObjects(mappings: readonly ObjectMapping[]): string[] {
  const written = mappings.filter(
    ({ create, attributes }) =>
      create || Object.values(attributes).some(({ direction }) => direction !== 'in'),
  );
  return [...new Set(written.map(({ object }) => object))].sort();
}

/** Looks at the org and says what would be made. Throws as installNeeds does, SYNC_ORG_UNKNOWN and SYNC_ORG_CHANGED. */
export async function planInstall(
  app: Pick<App, 'store' | 'clock'>,
  connection: AppConnection,
  needs: InstallNeeds & { withOptional: boolean },
): Promise<InstallPlan> {
  const record = await loadConnection(app.store.db, connection.alias);
  requirePinned(record);
  const installer = connection.installer();
  const claim = await readClaim(app.store.db, connection.alias);
  try {
    const { found, lacks } = await installer.inspect(needs.parts);
    const lineOf = linesOf(connection.mappings());
    return withId({
      connection: connection.alias,
      crm: connection.manifest.id,
      orgId: record.org_id ?? '',
      orgName: record.org_name ?? connection.alias,
      madeAt: instantOf(app.clock.now()),
      withOptional: needs.withOptional,
      needs: needsHash(needs.parts),
      steps: installSteps(needs.parts, found).map((step) => plannedStep(step, lineOf)),
      lacks,
      ...(await automationsOf(connection, needs.written)),
      begun: claim === null ? null : begunBy(claim),
    });
  } finally {
    await connection.budget.flush();
  }
}

function begunBy({ runId, step, unpublished }: Claim): NonNullable<InstallPlan['begun']> {
  return { run: runId, objects: [...new Set([...unpublished, step?.part.object ?? []].flat())].sort() };
}

/** Daily work does not need to see the org's automation, so its user may not; that is said and stops nothing. */
async function automationsOf(
  connection: AppConnection,
  objects: readonly string[],
): Promise<Pick<InstallPlan, 'automations' | 'automationsUnknown'>> {
  try {
    return { automations: await connection.installer().automations(objects), automationsUnknown: null };
  } catch (error) {
    if (!isTierlinkError(error, 'CRM_PERMISSION')) throw error;
    return { automations: null, automationsUnknown: error.message };
  }
}
