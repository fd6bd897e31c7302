import { findState, type StateThing, stateLabel } from '../model/states.ts';
import type { Screen, Tone } from './screen.ts';

const tones: Record<'none' | 'waiting' | 'action', Tone> = { none: 'good', waiting: 'wait', action: 'bad' };

/** The label of a state in the colour of its kind of trouble. Waiting is never red: it heals by itself. */
export function stateWord(screen: Screen, thing: StateThing, code: string): string {
  const trouble = findState(thing, code)?.trouble ?? 'waiting';
  return screen.tone(tones[trouble], stateLabel(thing, code));
}
