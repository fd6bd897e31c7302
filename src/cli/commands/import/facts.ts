import { importCommand } from '../../import-command.ts';

export const importFacts = importCommand('facts');
