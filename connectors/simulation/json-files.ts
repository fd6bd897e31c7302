import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SimulatorInputError } from '../../src/sync/connector-manifest.ts';

/** The path itself, or the JSON files of a folder by name. */
export function jsonFiles(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => join(path, name));
}

/** @throws SimulatorInputError that names the file, with the parser's place */
export function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new SimulatorInputError(`${file}: ${error instanceof Error ? error.message : 'is no JSON'}`);
  }
}

/**
 * What a person gives as descriptions of an org: one file, or a folder of them, each with its content.
 * @throws SimulatorInputError for a folder without any, and for a file that is no JSON
 */
export function readJsonFiles(path: string): { file: string; content: unknown }[] {
  const files = jsonFiles(path);
  if (files.length === 0) throw new SimulatorInputError(`${path}: there is no JSON file in this folder`);
  return files.map((file) => ({ file, content: readJson(file) }));
}
