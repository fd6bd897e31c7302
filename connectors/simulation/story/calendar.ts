import { createDraw, type Draw } from '../random.ts';
import type { Stamped } from './types.ts';

const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** What the parts of the story share: its draws and its days. */
export interface Telling {
  draw: Draw;
  /** Epoch milliseconds at which the story is told. */
  now: number;
  /** A calendar day so many days from today. */
  day(offset: number): string;
  /** A minute of a day, never later than an hour ago. */
  instant(day: string, minute: number): number;
  /** When the n-th row of a kind was made on a day, and by whom. */
  created(day: string, index: number): Stamped;
}

export function createTelling(now: number, seed: number): Telling {
  const midnight = Math.floor(now / dayMs) * dayMs;
  const latest = Math.floor((now - hourMs) / 1000) * 1000;
  const instant = (text: string, minute: number): number =>
    Math.min(Date.parse(`${text}T00:00:00Z`) + minute * 60_000, latest);
  return {
    draw: createDraw(seed),
    now,
    day: (offset) => new Date(midnight + offset * dayMs).toISOString().slice(0, 10),
    instant,
    created: (text, index) => ({ createdAt: instant(text, 8 * 60 + (index % 540)), owner: index }),
  };
}
