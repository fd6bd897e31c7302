import { importCommand } from '../../import-command.ts';

export const importPeople = importCommand('people');
