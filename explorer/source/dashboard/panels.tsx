import type { ReactNode } from "react";
import type { Numbers, Operation, Provider, Tables } from "./data";
import { age, bytes, milliseconds, number, percent, spoken, whole } from "./words";

const BREAKERS = ["Closed", "Half open", "Open"];

export function Card({ title, note, children }: { title: string; note?: string; children: ReactNode }) {
  return (
    <section className="card">
      <header>
        <h2>{title}</h2>
        {note !== undefined && <p className="note">{note}</p>}
      </header>
      {children}
    </section>
  );
}

function Bars({ values, write, tone }: { values: [string, number, string?][]; write: (value: number) => string; tone?: string }) {
  const most = Math.max(...values.map(([, value]) => value), 1e-9);
  if (values.length === 0) return <p className="nothing">Nothing yet.</p>;
  return (
    <ul className={`bars ${tone ?? ""}`}>
      {values.map(([label, value, more]) => (
        <li key={label}>
          <span className="label">{label}</span>
          <span className="bar" aria-hidden="true">
            <span style={{ width: `${(value / most) * 100}%` }} />
          </span>
          <span className="value">
            {write(value)}
            {more !== undefined && <small>{more}</small>}
          </span>
        </li>
      ))}
    </ul>
  );
}

export function Operations({ operations, chosen, onChoose }: { operations: Operation[]; chosen: string | null; onChoose: (name: string) => void }) {
  if (operations.length === 0) return <p className="nothing">No operation was asked in the last minutes.</p>;
  const most = Math.max(...operations.map(({ p95 }) => p95 ?? 0), 1e-9);
  return (
    <div className="scroll">
      <table role="table" className="stacked operations">
        <thead>
          <tr>
            <th scope="col">Operation</th>
            <th scope="col">95 of 100 within</th>
            <th scope="col">Median</th>
            <th scope="col">99 %</th>
            <th scope="col">A second</th>
            <th scope="col">Failed</th>
          </tr>
        </thead>
        <tbody>
          {operations.map((operation) => (
            <tr role="row" key={operation.name} className={operation.name === chosen ? "chosen" : ""}>
              <th role="rowheader" scope="row">
                <button type="button" onClick={() => onChoose(operation.name)}>
                  {operation.name}
                </button>
              </th>
              <td role="cell" data-label="95 of 100 within">
                <span className="wide">
                  <span className="bar" aria-hidden="true">
                    <span style={{ width: `${((operation.p95 ?? 0) / most) * 100}%` }} />
                  </span>
                  {milliseconds(operation.p95)}
                </span>
              </td>
              <td role="cell" data-label="Median">
                {milliseconds(operation.p50)}
              </td>
              <td role="cell" data-label="99 %">
                {milliseconds(operation.p99)}
              </td>
              <td role="cell" data-label="A second">
                {number(operation.perSecond)}
              </td>
              <td role="cell" data-label="Failed" className={operation.failures > 0 ? "bad" : ""}>
                {whole(operation.failures)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function Providers({ providers }: { providers: Provider[] }) {
  if (providers.length === 0) return <p className="nothing">No provider is registered.</p>;
  return (
    <div className="scroll">
      <table role="table" className="stacked">
        <thead>
          <tr>
            <th scope="col">Provider</th>
            <th scope="col">Breaker</th>
            <th scope="col">Good</th>
            <th scope="col">95 of 100 within</th>
            <th scope="col">Calls</th>
          </tr>
        </thead>
        <tbody>
          {providers.map((provider) => (
            <tr role="row" key={provider.code}>
              <th role="rowheader" scope="row">
                {provider.code}
                <small>{spoken(provider.capability)}</small>
              </th>
              <td role="cell" data-label="Breaker">
                <span className={`state ${!provider.enabled ? "off" : ["good", "warn", "bad"][provider.breaker]}`}>
                  {provider.enabled ? BREAKERS[provider.breaker] : "Off"}
                </span>
              </td>
              <td role="cell" data-label="Good">
                {provider.good === null ? "–" : percent(provider.good)}
              </td>
              <td role="cell" data-label="95 of 100 within">
                {milliseconds(provider.p95)}
              </td>
              <td role="cell" data-label="Calls">
                {whole(provider.calls)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const ranked = (numbers: Numbers): [string, number][] =>
  Object.entries(numbers)
    .filter(([, value]) => value > 0)
    .sort(([, one], [, other]) => other - one);

export function Transactions({ transactions }: Pick<Tables, "transactions">) {
  const open = Object.entries(transactions.open).map(([state, count]): [string, number, string] => [
    spoken(state),
    count,
    count > 0 ? `oldest ${age(transactions.oldestS[state] ?? 0)}` : "",
  ]);
  const ended = Object.entries(transactions.ended).map(([state, count]): [string, number] => [spoken(state), count]);
  return (
    <>
      <h3>Open</h3>
      <Bars values={open} write={whole} />
      <h3>Ended in the last day</h3>
      <Bars values={ended} write={whole} tone="quiet" />
    </>
  );
}

export function Steps({ steps }: { steps: Numbers }) {
  return <Bars values={Object.entries(steps).map(([step, ms]) => [spoken(step), ms])} write={milliseconds} />;
}

export function Answers({ now }: { now: Tables }) {
  const found = now.plans["found"] ?? 0;
  const planned = found + (now.plans["built"] ?? 0);
  return (
    <>
      <Bars values={ranked(now.codes).map(([code, count]) => [code === "OK" ? "OK" : spoken(code), count])} write={whole} />
      <dl className="facts">
        <dt>Plans found in the cache</dt>
        <dd>{planned > 0 ? percent(found / planned) : "–"}</dd>
        <dt>Receipts written</dt>
        <dd>{whole(now.receipts)}</dd>
        {ranked(now.decisions).map(([decision, count]) => (
          <div key={decision} className="pair">
            <dt>Coordinates: {decision.toLowerCase()}</dt>
            <dd>{whole(count)}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

export function Upkeep({ now }: { now: Tables }) {
  const { audit, jobs, database } = now;
  return (
    <dl className="facts">
      <dt>Jobs waiting, running</dt>
      <dd>
        {whole(jobs["WAITING"] ?? 0)}, {whole(jobs["RUNNING"] ?? 0)}
      </dd>
      <dt>Jobs that wait for a person</dt>
      <dd className={(jobs["PARKED"] ?? 0) > 0 ? "bad" : ""}>{whole(jobs["PARKED"] ?? 0)}</dd>
      <dt>Oldest job that is due</dt>
      <dd>{age(now.oldestJobS)}</dd>
      <dt>Audit rows sealed</dt>
      <dd>{whole(audit.sealed)}</dd>
      <dt>Audit rows not sealed yet</dt>
      <dd className={audit.unsealedS > 60 ? "bad" : ""}>
        {whole(audit.unsealed)}, oldest {age(audit.unsealedS)}
      </dd>
      <dt>Database</dt>
      <dd className={database.up === 1 ? "" : "bad"}>
        {database.up === 1 ? `answers, ${bytes(database.bytes)}` : "does not answer"}
      </dd>
      <dt>Connections</dt>
      <dd>
        {whole(Object.values(database.connections).reduce((sum, each) => sum + each, 0))} of {whole(database.connectionsMax)}
      </dd>
      {Object.entries(database.rowsPerSecond).map(([how, rows]) => (
        <div key={how} className="pair">
          <dt>Rows {how} a second</dt>
          <dd>{number(rows)}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Machine({ now }: { now: Tables }) {
  const { machine, processes } = now;
  return (
    <>
      <Bars
        values={processes.map(({ name, cpu, memoryBytes }): [string, number, string] => [name, memoryBytes, percent(cpu)])}
        write={bytes}
        tone="quiet"
      />
      <dl className="facts">
        <dt>Load of the machine</dt>
        <dd>{number(machine.load)}</dd>
        <dt>Free on the disk</dt>
        <dd>
          {bytes(machine.diskFreeBytes)} of {bytes(machine.diskBytes)}
        </dd>
      </dl>
    </>
  );
}
