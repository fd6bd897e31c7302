import { TierlinkError } from '../errors.ts';
import type { SharingHolder } from './enter-folder.ts';
import { askSocket } from './lock-socket.ts';

/** Most statements are answered long before; one that takes longer is a reason to ask how the owner is. */
const LOOK_AFTER_MS = 2_000;
/** An owner that works on something long, or waits for somebody's transaction, still says who it is at once. */
const SILENCE_MS = 8_000;

/** Runs work that the owner has to answer. Rejects with STORE_OWNER_STUCK once it has given the owner up. */
export type WatchedWork = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Watches over what a guest waits for. When nothing was answered for a while and the owner does not even say who it is,
 * it is suspended or hangs: `giveUp` is called once with the error, to end what waits, and all later work fails at once.
 */
export function watchOwner(holder: SharingHolder, giveUp: (error: TierlinkError) => void): WatchedWork {
  let underWay = 0;
  let timer: NodeJS.Timeout | undefined;
  let stuck: TierlinkError | undefined;
  /** Grows with each sign of life. */
  let signs = 0;
  const restart = () => {
    signs += 1;
    clearTimeout(timer);
    if (underWay > 0 && stuck === undefined) timer = setTimeout(() => void look(signs), LOOK_AFTER_MS);
  };
  const look = async (before: number) => {
    const patienceEnds = Date.now() + SILENCE_MS;
    while ((await askSocket(holder.path)) === 'silent') {
      if (signs !== before) return;
      if (Date.now() < patienceEnds) continue;
      const { pid, command } = holder.greeting;
      stuck = new TierlinkError('STORE_OWNER_STUCK', { pid, command });
      return giveUp(stuck);
    }
    if (signs === before) restart();
  };
  return async (work) => {
    if (stuck !== undefined) throw stuck;
    underWay += 1;
    restart();
    try {
      return await work();
    } finally {
      underWay -= 1;
      restart();
    }
  };
}
