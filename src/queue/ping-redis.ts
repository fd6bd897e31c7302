import { Redis } from 'ioredis';
import { TierlinkError } from '../errors.ts';

/** Asks Redis for an answer. Returns how long it took in ms; throws QUEUE_UNREACHABLE. */
export async function pingRedis(url: string): Promise<number> {
  const redis = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null });
  // The failure is told by the calls below; without a listener it would be printed as well.
  redis.on('error', () => {});
  const began = performance.now();
  try {
    await redis.connect();
    await redis.ping();
    return Math.max(1, Math.round(performance.now() - began));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TierlinkError('QUEUE_UNREACHABLE', { address: new URL(url).host, reason }, { cause });
  } finally {
    redis.disconnect();
  }
}
