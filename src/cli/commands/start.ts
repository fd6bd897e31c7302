import { serviceCommand } from '../service-command.ts';

export const start = serviceCommand('start', ['tierlink start', 'LOG_LEVEL=debug tierlink start']);
