/** Whose token it says it is, and until when. Read for the eye only: nothing here is verified. */
export interface Holder {
  name: string | null;
  expiresAt: Date | null;
}

/** Take a pasted token apart from what people paste around it; null when it can't stand in a header. */
export function cleanToken(pasted: string): string | null {
  const token = pasted.trim().replace(/^bearer\s+/i, "");
  return /^[\x21-\x7e]+$/.test(token) ? token : null;
}

export function holderOf(token: string): Holder {
  try {
    const payload = token.split(".")[1] ?? "";
    const bytes = Uint8Array.from(atob(payload.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    const claims: Record<string, unknown> = JSON.parse(new TextDecoder().decode(bytes));
    const name = claims["username"] ?? claims["sub"];
    const expiry = claims["exp"];
    return {
      name: typeof name === "string" ? name : null,
      expiresAt: typeof expiry === "number" ? new Date(expiry * 1000) : null,
    };
  } catch {
    return { name: null, expiresAt: null }; // An opaque key: nothing to read in it.
  }
}
