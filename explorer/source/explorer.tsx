import { GraphiQL } from "graphiql";
import { useMemo, useRef, useState } from "react";
import { Bar } from "./bar";
import { createFetcher, type Exchange, type Wishes } from "./fetcher";
import { operations } from "./operations";
import { storage } from "./storage";
import { Theme } from "./theme";

const NUMBER = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

function sizeOf(bytes: number): string {
  return bytes < 1000 ? `${bytes} bytes` : `${NUMBER.format(bytes / 1000)} kB`;
}

function ExchangeLine({ exchange, ready }: { exchange: Exchange | null; ready: boolean }) {
  if (exchange === null) {
    return <p className="exchange">{ready ? "Press" : "Apply an access token, then press"} Ctrl+Enter to run the operation</p>;
  }
  const { status, milliseconds, bytes } = exchange;
  return (
    <p className="exchange" role="status">
      <strong className={status < 400 ? "good" : "bad"}>HTTP {status}</strong>
      {` · ${NUMBER.format(milliseconds)} ms · ${sizeOf(bytes)}`}
    </p>
  );
}

/** The whole page. The token is held in this component's state, in memory, and nowhere else. */
export function Explorer() {
  const [token, setToken] = useState<string | null>(null);
  const [wishes, setWishes] = useState<Wishes>({ purpose: "", explain: false, file: null });
  const [exchange, setExchange] = useState<Exchange | null>(null);
  const latest = useRef(wishes);
  latest.current = wishes;
  const fetcher = useMemo(
    () => createFetcher({ token, wishes: () => latest.current, onExchange: setExchange }),
    [token],
  );
  return (
    <>
      <Bar token={token} onToken={setToken} wishes={wishes} onWishes={setWishes} />
      <main>
        <GraphiQL
          fetcher={fetcher}
          storage={storage}
          defaultTabs={operations.map(({ query, variables }) => ({ query, variables }))}
          defaultEditorToolsVisibility="variables"
          shouldPersistHeaders={false}
          schemaDescription
          inputValueDeprecation
        >
          <Theme />
          <GraphiQL.Logo>{null}</GraphiQL.Logo>
          <GraphiQL.Footer>
            <ExchangeLine exchange={exchange} ready={token !== null} />
          </GraphiQL.Footer>
        </GraphiQL>
      </main>
    </>
  );
}
