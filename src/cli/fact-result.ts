import { z } from 'zod';

/** A dated fact in --json. */
export const factSchema = z.strictObject({
  id: z.string(),
  kind: z.string(),
  occurredOn: z.string().nullable(),
  expiresOn: z.string().nullable(),
  author: z.string().nullable(),
  reason: z.string().nullable(),
  isValid: z.boolean(),
});

/** The partner that something is about. */
export const aboutSchema = z.strictObject({ id: z.string(), name: z.string() });
