import type { Tx } from '../store/store.ts';

/**
 * All recomputations together number what they do: each time that one sets marks aside, and each page of which one has
 * taken the marks. By that a run knows since when nobody else has done either.
 */
export class TurnNumbers {
  #last = 0;
  #lastGap = 0;

  /** Takes the next number, in the transaction that sets marks aside or has taken some. */
  async next(tx: Tx): Promise<void> {
    const [row] = await tx.query<{ number: number }>(`select nextval('tierlink.kpi_turn')::float8 as number`);
    const { number } = row!;
    if (number !== this.#last + 1) this.#lastGap = number;
    this.#last = number;
  }

  /** The last number that was taken. */
  get last(): number {
    return this.#last;
  }

  /** Whether every number after this one was taken by this run. */
  isAloneSince(number: number): boolean {
    return this.#lastGap <= number;
  }
}
