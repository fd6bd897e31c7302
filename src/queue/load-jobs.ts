import { readdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { codeRoot } from '../package-root.ts';
import type { AnyJob } from './define-job.ts';

/**
 * Loads every job of the folder, each from the export `job` of its own file, sorted by name. Found alike from the
 * source (jobs/*.ts) and from the build (dist/jobs/*.js).
 *
 * Throws when a file exports no job, or one whose name is not the file's: that is a fault in the program.
 */
export async function loadJobs<Services>(folder = join(codeRoot, 'jobs')): Promise<AnyJob<Services>[]> {
  const files = (await readdir(folder)).filter(isModule).sort();
  const jobs: AnyJob<Services>[] = [];
  // One after the other: jest's module loader trips over imports that share a dependency at the same moment.
  for (const file of files) jobs.push(await loadJob<Services>(join(folder, file)));
  return jobs;
}

function isModule(file: string): boolean {
  return /\.(ts|js)$/.test(file) && !file.endsWith('.d.ts');
}

async function loadJob<Services>(path: string): Promise<AnyJob<Services>> {
  const { job } = (await import(pathToFileURL(path).href)) as { job?: AnyJob<Services> };
  const name = basename(path, extname(path));
  if (job?.name !== name) throw new Error(`${path} must export a job named ${name}`);
  return job;
}
