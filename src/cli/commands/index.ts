import type { AnyCommand } from '../command.ts';
import { check } from './check.ts';
import { config } from './config.ts';
import { connect } from './connect.ts';
import { doctor } from './doctor.ts';
import { init } from './init.ts';
import { installSource } from './install-source.ts';
import { programCheck } from './program-check.ts';
import { rejectsList } from './rejects-list.ts';
import { rejectsShow } from './rejects-show.ts';
import { simulator } from './simulator.ts';
import { start, worker } from './start.ts';
import { status } from './status.ts';

/** Every command, in the order of the help. */
export const commands: readonly AnyCommand[] = [
  init,
  connect,
  check,
  doctor,
  config,
  start,
  worker,
  status,
  rejectsList,
  rejectsShow,
  programCheck,
  installSource,
  simulator,
];
