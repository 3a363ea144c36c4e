/** Take a pasted token apart from what people paste around it; null when it can't stand in a header. */
export function cleanToken(pasted: string): string | null {
  const token = pasted.trim().replace(/^bearer\s+/i, "");
  return /^[\x21-\x7e]+$/.test(token) ? token : null;
}

/** Read until when a token says that it holds, in milliseconds since 1970. For the eye only: nothing is verified. */
export function expiryOf(token: string): number | null {
  try {
    const payload = token.split(".")[1] ?? "";
    const claims: Record<string, unknown> = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
    const expiry = claims["exp"];
    return typeof expiry === "number" ? expiry * 1000 : null;
  } catch {
    return null; // An opaque key: nothing to read in it.
  }
}
