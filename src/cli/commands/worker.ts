import { serviceCommand } from '../service-command.ts';

export const worker = serviceCommand('worker', ['tierlink worker']);
