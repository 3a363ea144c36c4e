// What the gateway answers at /metrics_dashboard.json, and how it is asked: with the reader's token, held in memory.

const ADDRESS = "/metrics_dashboard.json";

export interface Point {
  at: number;
  perSecond: number;
  failedPerSecond: number;
  p50: number | null;
  p95: number | null;
  p99: number | null;
  machineCpu: number;
  processCpu: number;
  memory: number;
  waiting: number;
  unsealedS: number;
  connections: number;
}

export interface Operation {
  name: string;
  count: number;
  perSecond: number;
  meanMs: number;
  p50: number | null;
  p95: number | null;
  p99: number | null;
  totalS: number;
  failures: number;
}

export interface Provider {
  code: string;
  capability: string;
  enabled: boolean;
  breaker: number;
  calls: number;
  good: number | null;
  p50: number | null;
  p95: number | null;
}

export type Numbers = Record<string, number>;

export interface Tables {
  at: number;
  seconds: number;
  operations: Operation[];
  steps: Numbers;
  codes: Numbers;
  decisions: Numbers;
  plans: Numbers;
  limits: Numbers;
  receipts: number;
  providers: Provider[];
  transactions: { open: Numbers; oldestS: Numbers; ended: Numbers };
  jobs: Numbers;
  oldestJobS: number;
  audit: { sealed: number; unsealed: number; unsealedS: number };
  database: { up: number; connections: Numbers; connectionsMax: number; bytes: number; rowsPerSecond: Numbers };
  processes: { name: string; cpu: number; memoryBytes: number }[];
  machine: { memoryBytes: number; diskFreeBytes: number; diskBytes: number; load: number };
}

export interface Figures {
  everyS: number;
  series: Point[];
  now: Tables | null;
}

export interface Request {
  endedAt: number;
  ms: number;
  code: string;
  viewer: string;
  traceId: string;
  sampled: boolean;
  correlationId: string;
  steps: Numbers;
  statements: number[];
}

export interface Details {
  name: string;
  operation: {
    type: string;
    documentId: string;
    cost: number | null;
    statements: { field: string; sql: string; plan: string[] }[];
  } | null;
  requests: Request[];
}

/** Why nothing came: the gateway's own words, or that it did not answer. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

async function ask<Answer>(token: string, query: string): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(`${ADDRESS}${query}`, {
      credentials: "omit", // The token alone speaks for the reader, never a cookie.
      cache: "no-store",
      headers: { Authorization: `Bearer ${token}`, Accept: "application/json" },
    });
  } catch {
    throw new Refused("The gateway does not answer.", 0);
  }
  const told: unknown = await response.json().catch(() => null);
  if (!response.ok) {
    const error = (told as { error?: { message?: string } } | null)?.error;
    throw new Refused(error?.message ?? `The gateway answered with status ${response.status}.`, response.status);
  }
  return told as Answer;
}

export const askFigures = (token: string) => ask<Figures>(token, "");
export const askOperation = (token: string, name: string) =>
  ask<Details>(token, `?operation=${encodeURIComponent(name)}`);
