import { z } from 'zod';

/** Texts that many parts of a program have. */

export const nameSchema = z.string().min(1);

export const labelSchema = nameSchema.describe('The name as people know it.');

export const helpSchema = nameSchema.describe('What it says, in a sentence or two for people.');
