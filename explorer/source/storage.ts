// What the browser may keep. GraphiQL would put everything into localStorage, on disk and for good:
// operations, their variables (mobile numbers) and, through its history, even request headers.
// Here taste lives in localStorage, work lives in sessionStorage and ends with the tab,
// and headers are kept nowhere.
import type { Operation } from "./operations";

const PREFIX = "graphiql:";
const TASTE = new Set(["theme", "visiblePlugin", "docExplorerFlex", "editorFlex", "secondaryEditorFlex"]);

function placeOf(key: string): Storage {
  return TASTE.has(key.slice(PREFIX.length)) ? localStorage : sessionStorage;
}

function withoutHeaders(value: string): string {
  try {
    return JSON.stringify(JSON.parse(value), (key, inner) => (key === "headers" ? undefined : inner));
  } catch {
    return value; // An operation's text or a size: no JSON, so no record with headers in it.
  }
}

function keysOf(storage: Storage): string[] {
  return Object.keys(storage).filter((key) => key.startsWith(PREFIX));
}

/** GraphiQL's storage, in the form that its StorageAPI asks for. */
export const storage = {
  getItem: (key: string) => placeOf(key).getItem(key),
  removeItem: (key: string) => placeOf(key).removeItem(key),
  setItem(key: string, value: string): void {
    if (key === `${PREFIX}headers`) return;
    const records = [`${PREFIX}queries`, `${PREFIX}favorites`].includes(key);
    placeOf(key).setItem(key, records ? withoutHeaders(value) : value);
  },
  get length(): number {
    return keysOf(localStorage).length + keysOf(sessionStorage).length;
  },
  clear(): void {
    for (const place of [localStorage, sessionStorage]) {
      for (const key of keysOf(place)) place.removeItem(key);
    }
  },
};

/** Open a fresh tab of the browser at this operation: GraphiQL reads the first tab's variables only from here. */
export function openAt(operation: Operation): void {
  if (storage.getItem(`${PREFIX}tabState`) !== null) return;
  storage.setItem(`${PREFIX}query`, operation.query);
  if (operation.variables !== null) storage.setItem(`${PREFIX}variables`, operation.variables);
}
