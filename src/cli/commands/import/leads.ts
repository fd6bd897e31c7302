import { importCommand } from '../../import-command.ts';

export const importLeads = importCommand('leads');
