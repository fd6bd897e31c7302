import { importCommand } from '../../import-command.ts';

export const importPartners = importCommand('partners');
