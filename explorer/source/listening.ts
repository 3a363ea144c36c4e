import type { ExecutionResult } from "graphql";
import type { FetcherParams } from "@graphiql/toolkit";
import { createClient } from "graphql-sse";
import { problem, read, wordsOf } from "./answers";

/** The live feed: at the page's own address where a proxy puts both together, else where the page says. */
const ADDRESS = `${document.querySelector<HTMLMetaElement>('meta[name="feed"]')?.content ?? ""}/graphql/stream`;

/** Subscribe, and give what is told until the reader stops, or the feed ends it; a refusal is an answer, too. */
export async function* listen(operation: FetcherParams, headers: Headers): AsyncGenerator<ExecutionResult> {
  headers.delete("Accept");
  headers.delete("Content-Type"); // The client sets its own.
  const client = createClient({
    url: ADDRESS,
    headers: Object.fromEntries(headers),
    credentials: "omit",
    retryAttempts: 0,
  });
  try {
    yield* client.iterate({
      query: operation.query,
      operationName: operation.operationName ?? undefined,
      variables: operation.variables,
    }) as AsyncIterable<ExecutionResult>;
  } catch (error) {
    const response = (error as { response?: Response }).response;
    const told = response === undefined
      ? problem(`The live feed did not answer: ${wordsOf(error)}.`)
      : read(await response.text(), response.status);
    yield told as ExecutionResult;
  } finally {
    client.dispose();
  }
}
