import type { App, AppConnection } from '../../app.ts';
import type { Config } from '../../config.ts';
import type { Project } from '../../project.ts';
import { connectionChecks, signIn } from './connection-checks.ts';
import { type DoctorFinding, foundOf, nothingMore, notLookedAt, runChecks, signInCheck } from './finding.ts';
import { projectChecks, storeChecks } from './local-checks.ts';

/** What the examination may ask for; each may throw, and then that is what is found. */
export interface Patient {
  config(): Config;
  project(): Project;
  app(): Promise<App>;
  /** Only this connection. */
  connection: string | undefined;
}

/**
 * Looks at everything that can be wrong, in the order in which one thing needs the other. Reads only. What could not be
 * looked at is unknown, never ok.
 */
export async function examine(patient: Patient): Promise<DoctorFinding[]> {
  const local = await attempt('config', null, () => ({
    config: patient.config(),
    project: patient.project(),
  }));
  if (!('value' in local)) return [local.finding];
  const findings = await runChecks(projectChecks, local.value, null);
  const opened = await attempt('store', null, () => patient.app());
  if (!('value' in opened)) return [...findings, opened.finding];
  const app = opened.value;
  findings.push(...(await runChecks(storeChecks, app, null)));
  const chosen = patient.connection === undefined ? app.connections : [app.connection(patient.connection)];
  for (const connection of chosen) findings.push(...(await examineConnection(app, connection)));
  return findings;
}

/** Looks at one connection alone, the sign-in first; what fails is a finding. Reads only. */
export async function examineConnection(app: App, connection: AppConnection): Promise<DoctorFinding[]> {
  const { alias } = connection;
  const signedIn = await attempt(signInCheck, alias, () => signIn(app, connection));
  if ('value' in signedIn) return await runChecks(connectionChecks, signedIn.value, alias);
  const unseen = connectionChecks
    .filter(({ name }) => name !== signInCheck)
    .map(({ name }) => ({ check: name, connection: alias, ...nothingMore, ...notLookedAt }));
  return [signedIn.finding, ...unseen];
}

async function attempt<T>(
  check: string,
  connection: string | null,
  work: () => Promise<T> | T,
): Promise<{ value: T } | { finding: DoctorFinding }> {
  try {
    return { value: await work() };
  } catch (error) {
    return { finding: { check, connection, ...nothingMore, ...foundOf(error) } };
  }
}
