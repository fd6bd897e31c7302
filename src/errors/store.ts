import type { ErrorDefinition } from '../errors.ts';

/** Errors of the store, its leases and the queue. */
export const storeErrors = {
  STORE_LOCKED: {
    message:
      'The data folder {folder} is in use by process {pid} ({command}), running since {since}. Nothing was opened.',
    actions: [
      'If that is the service, it runs already, and other commands work beside it, such as: tierlink status',
      'Otherwise wait until that process has ended, or stop it.',
      'Set DATABASE_URL to let several services share one PostgreSQL.',
    ],
    retry: 'never',
    http: 409,
  },
  STORE_OTHER_VERSION: {
    message:
      'The data folder {folder} is in use by process {pid} ({command}) of Tierlink {version} (schema {schema}). This is Tierlink {ownVersion} (schema {ownSchema}), and the two cannot share a store. Nothing was opened.',
    actions: [
      'Stop that process and start it again with this version.',
      'Or run this command with the version of that process.',
    ],
    retry: 'never',
    http: 409,
  },
  STORE_OWNER_SILENT: {
    message:
      'A process has the data folder {folder} but does not answer: it is suspended or hangs. Nothing was opened.',
    actions: ['Let it go on (fg in its terminal) or end it.', 'Find it by its socket: lsof {socket}'],
    retry: 'backoff',
    http: 503,
  },
  STORE_OWNER_ENDED: {
    message:
      'Process {pid} ({command}), whose store this command used, has ended. What this command had finished is kept; of what it was at, nothing is half done.',
    actions: [
      'Run the command again; it goes on from what is kept.',
      'If the service was meant to run, start it again: tierlink start',
    ],
    retry: 'backoff',
    http: 503,
  },
  STORE_OWNER_STUCK: {
    message:
      'Process {pid} ({command}), whose store this command used, does not answer: it is suspended or hangs. What this command had finished is kept; of what it was at, nothing is half done.',
    actions: [
      'Let that process go on (fg in its terminal, or: kill -CONT {pid}) or end it.',
      'Then run the command again; it goes on from what is kept.',
    ],
    retry: 'backoff',
    http: 503,
  },
  STORE_CUT_OFF: {
    message:
      'Process {pid} ({command}), whose store this command used, cut it off, because it stood still in the middle of a transaction while others waited. That transaction was rolled back; what was finished before is kept.',
    actions: ['Run the command again; it goes on from what is kept.'],
    retry: 'backoff',
    http: 503,
  },
  STORE_FOLDER_UNUSABLE: {
    message: 'The data folder {folder} cannot be used: {reason}. Nothing was opened.',
    actions: [
      'Check that it is a folder, writable and on a local disk.',
      'Set TIERLINK_HOME to another folder.',
    ],
    retry: 'never',
  },
  STORE_NOT_STARTED: {
    message: 'The embedded database in {folder} does not start: {reason}. The command did nothing.',
    actions: [
      'Check that the disk has space and that all of the folder belongs to the user who runs Tierlink.',
      'If the folder is damaged, put a copy from before in its place.',
      'Without a copy, move the folder away and run tierlink sync: what the CRM holds is read again. Imports, overrides and the history of tiers are in the folder only.',
    ],
    retry: 'never',
  },
  STORE_FULL: {
    message:
      'The store has no space to grow: {reason}. What was finished before is kept; of what was at work, nothing is half done.',
    actions: ['Free space on the disk of the store.', 'Run the command again then; it goes on from there.'],
    retry: 'never',
  },
  STORE_ENDED: {
    message:
      'The embedded database has ended: {reason}. What was finished before is kept; of what was at work, nothing is half done.',
    actions: [
      'Run the command again; it goes on from what is kept.',
      'If this repeats, check the disk and the memory of the machine: tierlink doctor',
    ],
    retry: 'never',
  },
  STORE_SCHEMA_NEWER: {
    message:
      'The store was written by a newer Tierlink (schema {found}, this one knows {known}). Nothing was changed.',
    actions: ['Install the newer version again.', 'Restore the backup that was made before the upgrade.'],
    retry: 'never',
  },
  STORE_MIGRATION_CHANGED: {
    message:
      'Migration {version} was applied with other contents than this version has. Nothing was changed.',
    actions: ['Install the version that wrote the store, or restore a backup.'],
    retry: 'never',
  },
  STORE_UNREACHABLE: {
    message: 'The database at {address} does not answer: {reason}',
    actions: ['Check DATABASE_URL and that PostgreSQL is running.', 'Run: tierlink doctor'],
    retry: 'backoff',
    http: 503,
  },
  STORE_POOL_IN_TRANSACTION: {
    message:
      'The store was used outside of its open transaction. This is a fault in Tierlink, not in your data; nothing was written.',
    actions: ['Report it with the output of: tierlink --debug'],
    retry: 'never',
  },
  QUEUE_ADD_IN_TRANSACTION: {
    message: 'A job was queued inside an open transaction. This is a fault in Tierlink; nothing was written.',
    actions: ['Report it with the output of: tierlink --debug'],
    retry: 'never',
  },
  QUEUE_UNREACHABLE: {
    message:
      'The queue at {address} does not answer: {reason}. No work is lost: what is due is kept in the store.',
    actions: ['Check REDIS_URL and that Redis is running.', 'Run: tierlink doctor'],
    retry: 'backoff',
    http: 503,
  },
  AUDIT_BROKEN: {
    message: 'The audit is not what was written: {faults}. {verified}. Nothing was changed.',
    actions: [
      'Find out who can write to the database, and compare with a backup or an exported audit from before.',
      'See all of it: tierlink audit verify --json',
    ],
    retry: 'never',
  },
  LEASE_HELD: {
    message:
      'Another run works on {key} (since {since}, by {holder}). This run was skipped; nothing was done twice.',
    actions: ['Wait until it has finished: tierlink status'],
    retry: 'backoff',
    http: 409,
  },
  LEASE_LOST: {
    message: 'This run lost its lease on {key} to another one and stopped before writing anything further.',
    actions: ['Nothing to do: the other run goes on from the last finished page.'],
    retry: 'backoff',
  },
  JOB_PAYLOAD_INVALID: {
    message: 'Job {job} was queued with a payload that it does not accept: {reason}. It was not run.',
    actions: ['Check which version queued it; see: tierlink status'],
    retry: 'never',
  },
  JOB_UNKNOWN: {
    message: 'There is no job named {job}. Nothing was queued.',
    actions: ['Use one of: {known}'],
    retry: 'never',
    exit: 2,
  },
  JOB_TIMEOUT: {
    message: 'Job {job} was stopped after {timeoutMs} ms. What it had finished is kept.',
    actions: ['It runs again by itself; if this repeats, see: tierlink status'],
    retry: 'backoff',
  },
  SCHEDULE_INVALID: {
    message: 'The schedule of {job} is not valid: {reason}',
    actions: [
      'Use "every <n> seconds" or a cron line with a time zone, for example "0 6 * * * Europe/Stockholm".',
    ],
    retry: 'never',
    exit: 2,
  },
} as const satisfies Record<string, ErrorDefinition>;
