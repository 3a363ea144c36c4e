import { type FormEvent, useCallback, useEffect, useState } from "react";
import { cleanToken } from "../token";
import { Chart, type Line } from "./chart";
import { askFigures, type Figures, type Point, Refused } from "./data";
import { OperationDialog } from "./operation";
import { Answers, Card, Machine, Operations, Providers, Steps, Transactions, Upkeep } from "./panels";
import { age, clock, milliseconds, number, percent, whole } from "./words";

const EVERY_MS = 5000;

const THROUGHPUT: Line[] = [
  { label: "Requests a second", of: (point) => point.perSecond, colour: "--line-1", fill: true },
  { label: "Failed", of: (point) => point.failedPerSecond, colour: "--line-bad" },
];
const LATENCY: Line[] = [
  { label: "99 %", of: (point) => point.p99, colour: "--line-3" },
  { label: "95 %", of: (point) => point.p95, colour: "--line-2" },
  { label: "Median", of: (point) => point.p50, colour: "--line-1" },
];
const RESOURCES: Line[] = [
  { label: "Processors", of: (point) => point.machineCpu, colour: "--line-1", fill: true },
  { label: "Memory", of: (point) => point.memory, colour: "--line-2" },
];
const QUEUES: Line[] = [
  { label: "Jobs waiting", of: (point) => point.waiting, colour: "--line-1", fill: true },
  { label: "Oldest unsealed audit row (s)", of: (point) => point.unsealedS, colour: "--line-2" },
];

function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <path d="M7 13 16 7l9 6v2H7zm2 4h3v6H9zm5.5 0h3v6h-3zm5.5 0h3v6h-3zM7 24h18v2H7z" />
    </svg>
  );
}

function Door({ onToken, refusal }: { onToken: (token: string) => void; refusal: string | null }) {
  const [typed, setTyped] = useState("");
  const [wrong, setWrong] = useState(false);

  function enter(event: FormEvent): void {
    event.preventDefault();
    const token = cleanToken(typed);
    setWrong(token === null);
    if (token !== null) onToken(token);
  }

  return (
    <form className="card door" onSubmit={enter}>
      <h2>Who looks?</h2>
      <p>
        The dashboard is for operations and administrators. The token stays in this page's memory and is gone when the page is
        closed.
      </p>
      <label htmlFor="token">Access token</label>
      <input
        id="token"
        type="password"
        autoComplete="one-time-code"
        spellCheck={false}
        autoFocus
        value={typed}
        aria-invalid={wrong || refusal !== null}
        onChange={(event) => setTyped(event.target.value)}
      />
      <button type="submit">Show</button>
      {(wrong || refusal !== null) && (
        <p className="refusal" role="alert">
          {wrong ? "That is not a token." : refusal}
        </p>
      )}
    </form>
  );
}

function Tiles({ series, figures }: { series: Point[]; figures: Figures }) {
  const latest = series.at(-1);
  const now = figures.now;
  if (latest === undefined || now === null) return null;
  const failed = latest.perSecond > 0 ? latest.failedPerSecond / latest.perSecond : 0;
  const trouble = now.providers.filter(({ enabled, breaker }) => enabled && breaker > 0).length;
  const tiles: [string, string, string, boolean][] = [
    ["Requests a second", number(latest.perSecond), `${whole(latest.connections)} connections`, false],
    ["95 of 100 within", milliseconds(latest.p95), `median ${milliseconds(latest.p50)}`, (latest.p95 ?? 0) > 1000],
    ["Failed", percent(failed), `${number(latest.failedPerSecond)} a second`, failed > 0.05],
    ["Providers", trouble > 0 ? `${trouble} in trouble` : "All well", `${whole(now.providers.length)} known`, trouble > 0],
    ["Jobs waiting", whole(latest.waiting), `oldest ${age(now.oldestJobS)}`, now.oldestJobS > 60],
    ["Audit trail", latest.unsealedS > 60 ? `${age(latest.unsealedS)} behind` : "Sealed", `${whole(now.audit.sealed)} rows`, latest.unsealedS > 60],
  ];
  return (
    <ul className="tiles">
      {tiles.map(([label, value, more, bad]) => (
        <li key={label} className={bad ? "card bad" : "card"}>
          <span>{label}</span>
          <strong>{value}</strong>
          <small>{more}</small>
        </li>
      ))}
    </ul>
  );
}

/** The whole page. The token is held in this component's state, in memory, and nowhere else. */
export function Dashboard() {
  const [token, setToken] = useState<string | null>(null);
  const [figures, setFigures] = useState<Figures | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const [chosen, setChosen] = useState<string | null>(null);

  const leave = useCallback((why: string | null) => {
    setToken(null);
    setFigures(null);
    setChosen(null);
    setRefusal(why);
  }, []);

  useEffect(() => {
    if (token === null) return;
    let current = true;
    let timer = 0;
    async function look(held: string): Promise<void> {
      try {
        const found = await askFigures(held);
        if (current) (setFigures(found), setRefusal(null));
      } catch (error) {
        if (!current) return;
        const refused = error instanceof Refused ? error : new Refused(String(error), 0);
        if (refused.status === 401 || refused.status === 403) return leave(refused.message);
        setRefusal(refused.message); // It may come back: the last figures stay, marked as old.
      }
      if (current) timer = window.setTimeout(() => void look(held), EVERY_MS);
    }
    void look(token);
    return () => {
      current = false;
      window.clearTimeout(timer);
    };
  }, [token, leave]);

  const series = figures?.series ?? [];
  const now = figures?.now ?? null;
  return (
    <>
      <header className="top">
        <Mark />
        <h1>
          Banking Middleware <span>Dashboard</span>
        </h1>
        {token !== null && (
          <>
            <output className={refusal === null ? "live" : "live old"} aria-live="polite">
              {refusal ?? (now === null ? "Waiting for the first sample" : `Live · ${clock(now.at)}`)}
            </output>
            <button type="button" className="quiet" onClick={() => leave(null)}>
              Forget token
            </button>
          </>
        )}
      </header>
      {token === null && <Door onToken={setToken} refusal={refusal} />}
      {token !== null && figures !== null && now !== null && (
        <main>
          <Tiles series={series} figures={figures} />
          <div className="grid charts">
            <Chart title="Throughput" points={series} lines={THROUGHPUT} write={number} />
            <Chart title="Latency" points={series} lines={LATENCY} write={milliseconds} />
            <Chart title="Resources" points={series} lines={RESOURCES} write={percent} most={1} />
            <Chart title="Queue and audit sealing" points={series} lines={QUEUES} write={number} />
          </div>
          <div className="grid">
            <div className="double">
              <Card title="Slowest operations" note="Last five minutes; choose one for its plan, cost and traces">
                <Operations operations={now.operations} chosen={chosen} onChoose={setChosen} />
              </Card>
            </div>
            <Card title="Steps of a request" note="Mean">
              <Steps steps={now.steps} />
            </Card>
            <div className="double">
              <Card title="Providers" note="Last 15 minutes">
                <Providers providers={now.providers} />
              </Card>
            </div>
            <Card title="Transactions">
              <Transactions transactions={now.transactions} />
            </Card>
            <Card title="Answers" note="Last five minutes">
              <Answers now={now} />
            </Card>
            <Card title="Queue, audit and database">
              <Upkeep now={now} />
            </Card>
            <Card title="Processes" note="Memory; share of a processor">
              <Machine now={now} />
            </Card>
          </div>
        </main>
      )}
      {token !== null && chosen !== null && (
        <OperationDialog key={chosen} token={token} name={chosen} moment={now?.at ?? 0} onClose={() => setChosen(null)} />
      )}
    </>
  );
}
