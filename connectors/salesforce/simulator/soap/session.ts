import type { SimulatorContext } from '../context.ts';
import type { Caller } from '../types.ts';
import type { XmlElement } from '../xml.ts';
import type { Flavour } from './envelope.ts';

/** On whose behalf a call runs, and how. */
export interface Session {
  caller: Caller;
  context: SimulatorContext;
  /** The headers of the call's envelope. */
  header: XmlElement;
  flavour: Flavour;
  /** '64.0' */
  version: string;
  sessionId: string;
}
