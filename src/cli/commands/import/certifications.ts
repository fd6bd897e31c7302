import { importCommand } from '../../import-command.ts';

export const importCertifications = importCommand('certifications');
