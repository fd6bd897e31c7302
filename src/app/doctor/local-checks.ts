import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { requireSound } from '../../alerts/send.ts';
import type { Channel } from '../../alerts/settings.ts';
import type { App } from '../../app.ts';
import type { Config } from '../../config.ts';
import { unknownVariables } from '../../config-connections.ts';
import { parseProgram } from '../../program/load.ts';
import type { Project } from '../../project.ts';
import { alertSettings, channelSecrets } from '../../project-alerts.ts';
import { loadJobs } from '../../queue/load-jobs.ts';
import { nextRun } from '../../queue/timing.ts';
import { configuredConnections } from '../../registry.ts';
import { projectSchedules } from '../../service.ts';
import { readTextFile } from '../../text-file.ts';
import { countWaitingMoves } from '../../tier/approval-items.ts';
import { guardSentences } from '../../tier/explain/guard-words.ts';
import { guardChange } from '../../tier/look/change-guard.ts';
import { readUnmappedWrites, type UnmappedWrites } from '../unmapped-writes.ts';
import { type DoctorCheck, type Found, fail, foundOf, ok, unknown, warn } from './finding.ts';

/** What can be looked at before the store is open. */
export interface ProjectContext {
  config: Config;
  project: Project;
}

export const projectChecks: readonly DoctorCheck<ProjectContext>[] = [
  {
    name: 'config',
    look: ({ config, project }) => {
      const meaningless = unknownVariables(
        config.environment,
        configuredConnections(project),
        channelSecrets(project),
      );
      if (meaningless.length === 0) return [ok(`settings and ${project.file} are sound`)];
      return meaningless.map((name) =>
        fail(
          'DOC-C01',
          `${name} is neither a setting nor an option of a connection or channel`,
          'Correct its name or remove it; see: tierlink config --explain',
        ),
      );
    },
  },
  {
    name: 'secrets',
    look: ({ config }) => {
      const file = join(config.projectFolder, '.env');
      if (!existsSync(file)) return [ok('no .env file; secrets come from the environment')];
      const isOpen = process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0;
      return [
        isOpen
          ? warn('DOC-C02', '.env can be read by other users', `Run: chmod 600 ${file}`)
          : ok('.env is private'),
      ];
    },
  },
  {
    name: 'program',
    look: ({ project }) => {
      const file = resolve(project.folder, project.program);
      const { ok: sound, findings } = parseProgram(readTextFile(file), file, Date.now());
      const found = findings.map(({ code, severity, line, path, reason }) => {
        const message = `${project.program}:${line}: ${path === '' ? '' : `${path}: `}${reason} (${code})`;
        const fix = 'Correct the line, then: tierlink program check';
        return severity === 'error' ? fail('DOC-C03', message, fix) : warn('DOC-C03', message, fix);
      });
      return sound ? [ok(`${project.program} is sound`), ...found] : found;
    },
  },
  {
    name: 'schedules',
    look: async ({ project }) => {
      const schedules = projectSchedules(project, await loadJobs<App>());
      if (schedules.length === 0) {
        return [
          warn('DOC-C04', 'no schedule is on: nothing runs by itself', 'Set "schedules" in tierlink.yaml.'),
        ];
      }
      const now = Date.now();
      const next = Math.min(
        ...schedules.map(({ timing }) => nextRun(timing, now) ?? Number.POSITIVE_INFINITY),
      );
      return [ok(`${schedules.length} schedules, the next at ${new Date(next).toISOString()}`)];
    },
  },
  {
    name: 'alerts',
    look: ({ config, project }) => {
      const { channels } = alertSettings(project, config.environment);
      if (channels.length === 0)
        return [ok('no channel for alerts is set up; alerts are in: tierlink alerts list')];
      return channels.map(channelFound);
    },
  },
];

function channelFound(channel: Channel): Found {
  try {
    requireSound(channel);
    return ok(`alert channel ${channel.name} is set up; try it: tierlink alerts test ${channel.name}`);
  } catch (error) {
    return foundOf(error);
  }
}

const tellPartners =
  'See who moves: tierlink program compare OLD NEW; then tell them, or let it begin later.';

export const storeChecks: readonly DoctorCheck<App>[] = [
  {
    name: 'store',
    look: async ({ store }) => {
      const began = performance.now();
      await store.query('select 1');
      const took = Math.max(1, Math.round(performance.now() - began));
      const kind = store.kind === 'embedded' ? 'embedded store' : 'PostgreSQL';
      const through = store.owner ? ` through process ${store.owner.pid} (${store.owner.command})` : '';
      return [ok(`${kind} answers${through} (${took} ms)`)];
    },
  },
  {
    name: 'queue',
    look: async ({ config }) => {
      const url = config.settings.REDIS_URL;
      if (url === undefined) return [ok('queue is kept in the store')];
      const { pingRedis } = await import('../../queue/ping-redis.ts');
      return [ok(`queue on Redis answers (${await pingRedis(url)} ms)`)];
    },
  },
  {
    name: 'rule changes',
    look: async ({ store, program, clock }) => {
      const guard = await guardChange(store, { program, now: clock.now() });
      if (guard === null) return [ok('no version of the rules is in use yet')];
      const said = guardSentences(guard);
      return said.length === 0
        ? [ok(`version ${program.version} of the rules takes no notice from anybody`)]
        : said.map((sentence) =>
            warn('DOC-C05', `version ${program.version} of the rules: ${sentence}`, tellPartners),
          );
    },
  },
  {
    name: 'pending writes',
    look: async (app) => {
      const unmapped = await readUnmappedWrites(app);
      return unmapped.length === 0
        ? [ok('every pending write has its mapping')]
        : unmapped.map(unmappedFound);
    },
  },
  {
    name: 'approvals',
    look: async ({ store, program }) => {
      const waiting = await countWaitingMoves(store, program);
      if (waiting === 0) return [ok('no change of a tier waits for an approval')];
      const message = `${waiting === 1 ? '1 change of a tier waits' : `${waiting} changes of tiers wait`} for an approval`;
      return [warn('DOC-S01', message, 'Look at them: tierlink approvals list')];
    },
  },
  {
    name: 'service',
    look: async (app) => {
      const last = await app.store.db
        .selectFrom('tierlink.run')
        .select(['id', 'state', 'started_at'])
        .orderBy('started_at', 'desc')
        .limit(1)
        .executeTakeFirst();
      return [
        last === undefined
          ? unknown('DOC-S02', 'nothing has run yet', 'Run: tierlink sync, or: tierlink start')
          : lastRunFound(last, app.clock.now()),
      ];
    },
  },
];

function lastRunFound(last: { id: string; state: string; started_at: string }, now: number): Found {
  const hours = (now - Date.parse(last.started_at)) / 3_600_000;
  if (hours > 24)
    return warn(
      'DOC-S03',
      `nothing has run for ${Math.floor(hours)} hours`,
      'Keep the service running: tierlink start',
    );
  const started = `run ${last.id} started at ${last.started_at}`;
  return last.state === 'failed'
    ? warn('DOC-S04', `the last ${started} and failed`, 'See why: tierlink status')
    : ok(`last ${started}`);
}

function unmappedFound({ connection, object, entity, writes, isConfigured }: UnmappedWrites): Found {
  const waiting = `${writes} ${writes === 1 ? 'write' : 'writes'} to ${object} (${entity}) of ${connection}`;
  return isConfigured
    ? warn(
        'DOC-S05',
        `${waiting} cannot be sent: no mapping of the connection writes these records`,
        'Put the mapping back, and they are sent as they are wanted then; if it was removed on purpose, do nothing.',
      )
    : warn(
        'DOC-S06',
        `${waiting} cannot be sent: tierlink.yaml has no such connection`,
        'Put the connection back, and they are sent; if it was removed on purpose, do nothing.',
      );
}
