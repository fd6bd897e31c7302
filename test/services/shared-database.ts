import { randomBytes } from 'node:crypto';
import { queryOnce } from './postgres.ts';

/** Database with every migration applied, which those of the tests are copies of. */
export const sharedTemplate = 'tierlink_template';

/** Address of the server that the test run has started for all its files; undefined where it could not. */
export const sharedServerUrl = process.env.TIERLINK_TEST_SERVER || undefined;

export interface TestDatabase {
  url: string;
  /** Cuts off whoever is connected. */
  drop(): Promise<void>;
}

/** A database of the shared server with every table, for one test file or a part of it. */
export async function createTestDatabase(): Promise<TestDatabase> {
  if (sharedServerUrl === undefined) throw new Error('PostgreSQL is not installed');
  const server = sharedServerUrl;
  const name = `t${randomBytes(6).toString('hex')}`;
  await queryOnce(server, `create database ${name} template ${sharedTemplate}`);
  return {
    url: databaseUrlOf(server, name),
    drop: () => queryOnce(server, `drop database ${name} with (force)`),
  };
}

export function databaseUrlOf(serverUrl: string, name: string): string {
  return serverUrl.replace(/[^/]+$/, name);
}
