import type { Fetcher, FetcherParams } from "@graphiql/toolkit";
import { getOperationAST, Kind, parse } from "graphql";
import { problem, read, wordsOf } from "./answers";
import { listen } from "./listening";
import { bodyOf, FILE_MARK } from "./upload";

const ADDRESS = "/graphql";
const ACCEPTED = "application/graphql-response+json, application/json";

export interface Wishes {
  purpose: string;
  explain: boolean;
  file: File | null;
}

/** What the line below the answer tells about the exchange. */
export interface Exchange {
  status: number;
  milliseconds: number;
  bytes: number;
}

interface FetcherParts {
  token: string | null;
  wishes: () => Wishes;
  onExchange: (exchange: Exchange | null) => void;
}

const NO_WISHES: Wishes = { purpose: "", explain: false, file: null };

function headersFor(token: string | null, { purpose, explain }: Omit<Wishes, "file">, typed: Record<string, string>): Headers {
  if (/[^\x20-\x7e]/.test(purpose)) throw new Error("the purpose travels in a header, so plain Latin letters only");
  const headers = new Headers({ Accept: ACCEPTED });
  if (token !== null) headers.set("Authorization", `Bearer ${token}`);
  if (purpose.trim() !== "") headers.set("X-Purpose", purpose.trim());
  if (explain) headers.set("X-Explain", "plan, access");
  for (const [name, value] of Object.entries(typed)) headers.set(name, value);
  return headers;
}

/** Mend what GraphiQL sends just after a change of tabs: the new tab's text with the last tab's operation name. */
function asWritten(operation: FetcherParams): FetcherParams {
  try {
    const written = parse(operation.query).definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
    return written.length === 1 ? { ...operation, operationName: undefined } : operation;
  } catch {
    return operation; // The gateway says better what is wrong with it.
  }
}

/** Tell whether an operation is a subscription, which the live feed answers. */
function isSubscription({ query, operationName }: FetcherParams): boolean {
  try {
    return getOperationAST(parse(query), operationName)?.operation === "subscription";
  } catch {
    return false;
  }
}

/**
 * Make the function that GraphiQL sends every request with.
 *
 * An HTTP error with a GraphQL body is an answer like any other and is shown whole. A new token needs
 * a new fetcher: GraphiQL takes that as its sign to read the schema again.
 */
export function createFetcher({ token, wishes, onExchange }: FetcherParts): Fetcher {
  return async (operation, options) => {
    const ofReader = operation.operationName !== "IntrospectionQuery";
    if (ofReader) onExchange(null);
    const wished = ofReader ? wishes() : NO_WISHES;
    const sent = bodyOf(ofReader ? asWritten(operation) : operation, wished.file);
    if (sent === null) return problem(`Choose a file in the bar above: it is sent where the variables say "${FILE_MARK}".`);
    let headers: Headers;
    try {
      headers = headersFor(token, wished, { ...sent.headers, ...options?.headers });
    } catch (error) {
      return problem(`The request was not sent: ${wordsOf(error)}.`);
    }
    const asked = asWritten(operation);
    if (ofReader && isSubscription(asked)) return listen(asked, headers);
    const begun = performance.now();
    try {
      const response = await fetch(ADDRESS, {
        method: "POST",
        credentials: "omit", // The token alone speaks for the reader, never a cookie.
        cache: "no-store",
        redirect: "error",
        headers,
        body: sent.body,
      });
      const text = await response.text();
      if (ofReader) {
        const milliseconds = performance.now() - begun;
        onExchange({ status: response.status, milliseconds, bytes: new Blob([text]).size });
      }
      return read(text, response.status) as Awaited<ReturnType<Fetcher>>;
    } catch (error) {
      return problem(`The gateway did not answer: ${wordsOf(error)}.`);
    }
  };
}
