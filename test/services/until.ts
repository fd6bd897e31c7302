/** Waits until the condition holds; fails with its text after the time limit. */
export async function until(condition: () => boolean | Promise<boolean>, limitMs = 120_000): Promise<void> {
  const ends = Date.now() + limitMs;
  while (!(await condition())) {
    if (Date.now() > ends) throw new Error(`never became true: ${condition}`);
    await new Promise((resume) => setTimeout(resume, 10));
  }
}
