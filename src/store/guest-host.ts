import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { isTierlinkError } from '../errors.ts';
import { diskFull } from '../system-errors.ts';
import { canShare, type Edition, type Guest, ownEdition, type SharedState } from './folder-greeting.ts';
import type { SharedStore } from './folder-lock.ts';
import type { SessionBridge } from './session-bridge.ts';
import { fatal, fatalError, messageFramer } from './wire.ts';

/** How to take leave of guests. */
export interface Farewell {
  /**
   * While it has not ended, guests may come and finish. Then, or without one, no further guest is let in, and those
   * that are there have five seconds.
   */
  signal?: AbortSignal | undefined;
  /** Called once when guests are waited for. */
  onWait?: ((guests: readonly Guest[]) => void) | undefined;
}

/** A guest that stands still in a transaction for so long makes everybody wait; no command of ours does that. */
const IDLE_IN_TRANSACTION_MS = 10_000;
const GRACE_MS = 5_000;
/** Waiting for guests is mentioned when it takes longer than most of their commands. */
const SILENT_WAIT_MS = 1_000;

interface Visit {
  guest: Guest;
  sessions: Set<Duplex>;
}

/** Serves other processes from the embedded session of this one. */
export class GuestHost implements SharedStore {
  #bridge: SessionBridge | undefined;
  #isClosing = false;
  readonly #visits = new Map<string, Visit>();
  readonly #leaveListeners = new Set<() => void>();

  get state(): SharedState {
    if (this.#isClosing) return 'closing';
    return this.#bridge ? 'open' : 'opening';
  }

  /** Lets guests in from now on. */
  open(bridge: SessionBridge): void {
    this.#bridge = bridge;
  }

  /** A guest that is here already may open further connections while others are turned away. */
  admit(socket: Socket, guest: Guest, edition: Edition): void {
    const isWelcome = !this.#isClosing || this.#visits.has(guest.id);
    if (this.#bridge && isWelcome && canShare(edition, ownEdition()))
      this.#serve(this.#bridge, socket, guest);
    else {
      socket.write(fatalError(fatal.notNow));
      socket.destroySoon();
    }
  }

  /** Calls the listener whenever a guest has closed its last connection; returns how to stop that. */
  onLeft(listener: () => void): () => void {
    this.#leaveListeners.add(listener);
    return () => this.#leaveListeners.delete(listener);
  }

  /** Waits for guests as the farewell says, then cuts off whoever is still there. */
  async close({ signal, onWait }: Farewell = {}): Promise<void> {
    const mention = setTimeout(() => onWait?.(this.#guests()), SILENT_WAIT_MS);
    if (signal) await this.#allLeft(signal);
    this.#isClosing = true;
    await this.#allLeft(AbortSignal.timeout(GRACE_MS));
    clearTimeout(mention);
    for (const { sessions } of this.#visits.values()) {
      for (const session of sessions) this.#bridge?.cutOff(session, fatal.shutdown);
    }
  }

  #guests(): Guest[] {
    return [...this.#visits.values()].map(({ guest }) => guest);
  }

  #serve(bridge: SessionBridge, socket: Socket, guest: Guest): void {
    const session = bridge.connect({ idleInTransactionMs: IDLE_IN_TRANSACTION_MS, isNotified: false });
    const visit = this.#visits.get(guest.id) ?? { guest, sessions: new Set() };
    visit.sessions.add(session);
    this.#visits.set(guest.id, visit);
    const framer = messageFramer();
    socket.pipe(framer).pipe(session).pipe(socket);
    session.once('end', () => socket.destroySoon());
    framer.on('error', () => socket.destroy());
    session.on('error', (reason) => {
      // It tells its own process only why it failed; to others that is said in the words of a server.
      if (isTierlinkError(reason, 'STORE_FULL'))
        socket.write(fatalError({ code: diskFull, message: String(reason.data.reason) }));
      socket.destroySoon();
    });
    socket.once('close', () => {
      session.destroy();
      this.#left(visit, session);
    });
  }

  #left(visit: Visit, session: Duplex): void {
    visit.sessions.delete(session);
    if (visit.sessions.size > 0) return;
    this.#visits.delete(visit.guest.id);
    for (const listener of this.#leaveListeners) listener();
  }

  /** Resolves when no guest is left, or when the signal ends. */
  async #allLeft(signal: AbortSignal): Promise<void> {
    while (this.#visits.size > 0 && !signal.aborted) {
      await new Promise<void>((resume) => {
        const stop = this.onLeft(done);
        function done() {
          stop();
          signal.removeEventListener('abort', done);
          resume();
        }
        signal.addEventListener('abort', done);
      });
    }
  }
}
