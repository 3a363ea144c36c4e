import { type FormEvent, useEffect, useId, useState } from "react";
import type { Wishes } from "./fetcher";
import { cleanToken, expiryOf } from "./token";
import { FILE_MARK } from "./upload";

interface BarProps {
  token: string | null;
  onToken: (token: string | null) => void;
  wishes: Wishes;
  onWishes: (wishes: Wishes) => void;
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const LONGEST_TIMER_MS = 2 ** 31 - 1;

function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <path d="M7 13 16 7l9 6v2H7zm2 4h3v6H9zm5.5 0h3v6h-3zm5.5 0h3v6h-3zM7 24h18v2H7z" />
    </svg>
  );
}

/** Say until when the token holds, and change the words at the moment it runs out. */
function TokenState({ token }: { token: string | null }) {
  const [now, setNow] = useState(Date.now);
  const expiry = token === null ? null : expiryOf(token);

  useEffect(() => {
    setNow(Date.now());
    const left = expiry === null ? 0 : expiry - Date.now();
    if (left <= 0 || left > LONGEST_TIMER_MS) return;
    const timer = setTimeout(() => setNow(Date.now()), left + 50);
    return () => clearTimeout(timer);
  }, [expiry]);

  const expired = expiry !== null && expiry <= now;
  const kind = token === null ? "none" : expired ? "expired" : "applied";
  const until = expiry === null ? "Token applied" : `Token ${expired ? "expired" : "until"} ${CLOCK.format(expiry)}`;
  return (
    <output className={`token-state ${kind}`} aria-live="polite">
      {token === null ? "No token" : until}
    </output>
  );
}

function TokenForm({ token, onToken }: Pick<BarProps, "token" | "onToken">) {
  const [typed, setTyped] = useState("");
  const [refused, setRefused] = useState(false);
  const id = useId();

  function apply(event: FormEvent): void {
    event.preventDefault();
    const cleaned = cleanToken(typed);
    setRefused(cleaned === null);
    if (cleaned === null) return;
    onToken(cleaned);
    setTyped("");
  }

  // "one-time-code" keeps browsers from offering to save the token as a password.
  return (
    <form className="token" onSubmit={apply}>
      <label htmlFor={id}>Access token</label>
      <input
        id={id}
        type="password"
        autoComplete="one-time-code"
        spellCheck={false}
        placeholder={refused ? "That is not a token" : token === null ? "Paste a token" : "Paste another"}
        value={typed}
        aria-invalid={refused}
        onChange={(event) => {
          setTyped(event.target.value);
          setRefused(false);
        }}
      />
      <button type="submit">Apply</button>
      {token !== null && (
        <button type="button" className="quiet" onClick={() => onToken(null)}>
          Forget
        </button>
      )}
    </form>
  );
}

/** The bar above the editors: who asks, why, which file goes along, and whether the answer is to be explained. */
export function Bar({ token, onToken, wishes, onWishes }: BarProps) {
  const purposeId = useId();
  const fileId = useId();
  return (
    <header className="bar">
      <div className="brand">
        <Mark />
        <h1>
          Banking Middleware <span>Explorer</span>
        </h1>
        <TokenState token={token} />
      </div>
      <TokenForm token={token} onToken={onToken} />
      <div className="wishes">
        <label htmlFor={purposeId}>Purpose</label>
        <input
          id={purposeId}
          type="text"
          autoComplete="off"
          placeholder="Optional"
          title="Why the data is read; it is written into the receipt (header X-Purpose)"
          value={wishes.purpose}
          onChange={(event) => onWishes({ ...wishes, purpose: event.target.value })}
        />
        <label htmlFor={fileId}>File</label>
        <input
          id={fileId}
          type="file"
          title={`Sent where the variables say "${FILE_MARK}"`}
          onChange={(event) => onWishes({ ...wishes, file: event.target.files?.[0] ?? null })}
        />
        <label className="switch" title="Ask who is shown what, and by which rule, and for the statement and its plan where you may see them; the answer holds it below the data, in extensions (header X-Explain: plan, access)">
          <input
            type="checkbox"
            role="switch"
            checked={wishes.explain}
            onChange={(event) => onWishes({ ...wishes, explain: event.target.checked })}
          />
          Explain
        </label>
      </div>
    </header>
  );
}
