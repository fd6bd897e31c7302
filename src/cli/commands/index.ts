import type { AnyCommand } from '../command.ts';
import { config } from './config.ts';
import { init } from './init.ts';
import { rejectsList } from './rejects-list.ts';
import { rejectsShow } from './rejects-show.ts';
import { status } from './status.ts';

/** Every command, in the order of the help. */
export const commands: readonly AnyCommand[] = [init, config, status, rejectsList, rejectsShow];
