import { importCommand } from '../../import-command.ts';

export const importDeals = importCommand('deals');
