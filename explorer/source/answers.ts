/** What GraphiQL is shown: an answer as it came, or a problem of ours in the same form. */

export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function problem(message: string): { errors: { message: string }[] } {
  return { errors: [{ message }] };
}

export function read(text: string, status: number): object {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer === "object" && answer !== null) return answer;
  } catch {
    // Not JSON: a proxy's page, or nothing at all. The status below says what is known.
  }
  return problem(`The answer is not JSON (HTTP status ${status}).`);
}
