import { useEffect, useRef, useState } from "react";
import { askOperation, type Details, Refused, type Request } from "./data";
import { clock, milliseconds, spoken, whole } from "./words";

function Timeline({ request }: { request: Request }) {
  const steps = Object.entries(request.steps);
  return (
    <span className="timeline" role="img" aria-label={steps.map(([step, ms]) => `${step} ${milliseconds(ms)}`).join(", ")}>
      {steps.map(([step, ms]) => (
        <span key={step} className={`step-${step}`} style={{ flexGrow: Math.max(ms, 0.001) }} title={`${spoken(step)}: ${milliseconds(ms)}`} />
      ))}
    </span>
  );
}

function Requests({ requests }: { requests: Request[] }) {
  return (
    <ol className="requests">
      {requests.map((request) => (
        <li key={request.traceId}>
          <span className="when">{clock(request.endedAt)}</span>
          <strong>{milliseconds(request.ms)}</strong>
          <Timeline request={request} />
          <span className={`state ${request.code === "OK" ? "good" : "bad"}`}>{request.code}</span>
          <code title={request.sampled ? "Sampled: the collector has its spans" : "Not sampled"}>{request.traceId}</code>
        </li>
      ))}
    </ol>
  );
}

interface OperationProps {
  token: string;
  name: string;
  moment: number;
  onClose: () => void;
}

/** What one operation is: cost, statements with PostgreSQL's plans, and its last requests. */
export function OperationDialog({ token, name, moment, onClose }: OperationProps) {
  const [details, setDetails] = useState<Details | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const dialog = useRef<HTMLDialogElement>(null);

  useEffect(() => {
    dialog.current?.showModal();
  }, []);

  useEffect(() => {
    let current = true;
    askOperation(token, name)
      .then((found) => current && (setDetails(found), setRefusal(null)))
      .catch((error: unknown) => current && setRefusal(error instanceof Refused ? error.message : String(error)));
    return () => {
      current = false;
    };
  }, [token, name, moment]);

  const operation = details?.operation;
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="operation-name">
      <header>
        <h2 id="operation-name">{name}</h2>
        <button type="button" className="quiet" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </header>
      {refusal !== null && <p className="refusal">{refusal}</p>}
      {details === null && refusal === null && <p className="nothing">Asking…</p>}
      {operation && (
        <>
          <dl className="facts">
            <dt>Kind</dt>
            <dd>{spoken(operation.type)}</dd>
            <dt>Estimated cost</dt>
            <dd>{operation.cost === null ? "–" : `${whole(operation.cost)} points`}</dd>
            <dt>Document</dt>
            <dd>
              <code>{operation.documentId.slice(0, 16)}</code>
            </dd>
          </dl>
          {operation.statements.map(({ field, sql, plan }) => (
            <section key={field}>
              <h3>
                Plan of <code>{field}</code>
              </h3>
              <pre tabIndex={0}>{plan.length > 0 ? plan.join("\n") : "The plan can't be shown."}</pre>
              <details>
                <summary>The statement</summary>
                <pre tabIndex={0}>{sql}</pre>
              </details>
            </section>
          ))}
        </>
      )}
      {details !== null && (
        <section>
          <h3>Last requests</h3>
          <p className="key">
            {["authentication", "documents", "limits", "plan", "execute", "answer"].map((step) => (
              <span key={step} className={`step-${step}`}>
                {spoken(step)}
              </span>
            ))}
          </p>
          <Requests requests={details.requests} />
        </section>
      )}
    </dialog>
  );
}
