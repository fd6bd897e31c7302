import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { App } from '../app.ts';
import { matchingOf } from '../project-matching.ts';
import type { Engine, PassProgress, WaitTurn } from '../sync/engine.ts';
import { type Ownership, ownershipOf } from '../sync/owners.ts';

export interface EngineOptions {
  /** Who writes, for the audit. (Default: tierlink) */
  actor?: string;
  signal?: AbortSignal;
  waitTurn?: WaitTurn | undefined;
  onProgress?: (event: PassProgress) => void;
}

/** Names this process in leases; two processes never share it, wherever they run. */
const holder = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;

/** What the engine works with, for one command or job. */
export function engineOf(app: App, options: EngineOptions = {}): Engine {
  return {
    store: app.store,
    clock: app.clock,
    logger: app.logger,
    program: app.program,
    holder,
    matching: matchingOf(app.project),
    actor: options.actor ?? 'tierlink',
    ownership: ownershipIn(app),
    signal: options.signal,
    waitTurn: options.waitTurn,
    onProgress: options.onProgress,
  };
}

/** Which connection decides what, by the project. Mappings are looked at when something is read: one that cannot be read stops nothing else. */
export function ownershipIn({ connections, project }: App): () => Ownership {
  let known: Ownership | undefined;
  return () => {
    known ??= ownershipOf(connections, project.owners);
    return known;
  };
}
