// Mercurius with its JIT and hand-written loaders: the same schema as ours, one prepared statement a level.
import { connection, port, processes } from "./settings.mjs";
import cluster from "node:cluster";
import Fastify from "fastify";
import mercurius from "mercurius";
import pg from "pg";

const schema = `
  type Query {
    customer(mobile: String!): Customer
    customers(first: Int = 20): Customers!
  }
  type Customers { nodes: [Customer!]! }
  type Customer {
    fullName: String! mobile: String status: String!
    kycProfile: KYCProfile
    dematAccounts: DematAccounts!
    portfolios: Portfolios!
    transactions(first: Int = 20): Transactions!
  }
  type KYCProfile { pan: String status: String! riskCategory: String! address: String }
  type DematAccounts { nodes: [DematAccount!]! }
  type DematAccount { boId: String! depository: String! status: String! }
  type Portfolios { nodes: [Portfolio!]! }
  type Portfolio { name: String! holdings: Holdings! }
  type Holdings { nodes: [Holding!]! }
  type Holding {
    isin: String! symbol: String! quantity: String! averageCost: String lastPrice: String marketValue: String
  }
  type Transactions { nodes: [Transaction!]! pageInfo: PageInfo! }
  type Transaction { reference: String! kind: String! status: String! amount: Money! createdAt: String! }
  type Money { value: String! currency: String! }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
`;

const CUSTOMER = `SELECT id, full_name AS "fullName", mobile, status FROM customers_customer`;
const statements = {
  customer: `${CUSTOMER} WHERE mobile = $1`,
  customers: `${CUSTOMER} ORDER BY created_at DESC, id DESC LIMIT $1`,
  profiles: `SELECT customer_id AS parent, pan_masked AS pan, status, risk_category AS "riskCategory",
      address_masked AS address FROM kyc_kycprofile WHERE customer_id = ANY($1)`,
  accounts: `SELECT h.customer_id AS parent, a.bo_id AS "boId", a.depository, a.status
      FROM demat_dematholder h JOIN demat_demataccount a ON a.id = h.account_id
      WHERE h.customer_id = ANY($1) ORDER BY a.created_at, a.id`,
  portfolios: `SELECT customer_id AS parent, id, name FROM portfolios_portfolio
      WHERE customer_id = ANY($1) ORDER BY created_at, id`,
  holdings: `SELECT h.portfolio_id AS parent, s.isin, s.symbol, h.quantity, h.average_cost AS "averageCost",
      s.last_price AS "lastPrice", round(h.quantity * s.last_price, 2) AS "marketValue"
      FROM portfolios_holding h JOIN portfolios_security s ON s.id = h.security_id
      WHERE h.portfolio_id = ANY($1) ORDER BY h.created_at, h.id`,
  transactions: `SELECT c.id AS parent, t.* FROM unnest($1::uuid[]) AS c(id) CROSS JOIN LATERAL (
      SELECT id, reference, kind, status, amount, currency, created_at AS "createdAt"
      FROM transactions_transaction WHERE customer_id = c.id ORDER BY created_at DESC, id DESC LIMIT $2) AS t`,
};

pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, (text) => new Date(text).toISOString());
const pool = new pg.Pool(connection);

async function rows(name, ...values) {
  return (await pool.query({ name, text: statements[name], values })).rows;
}

async function children(name, queries, ...values) {
  const found = new Map(queries.map(({ obj }) => [obj.id, []]));
  for (const row of await rows(name, [...found.keys()], ...values)) found.get(row.parent).push(row);
  return queries.map(({ obj }) => found.get(obj.id));
}

const resolvers = {
  Query: {
    customer: async (_, { mobile }) => (await rows("customer", mobile))[0] ?? null,
    customers: async (_, { first }) => ({ nodes: await rows("customers", first) }),
  },
};

const loader = (read) => ({ loader: read, opts: { cache: false } });
const nodes = (name) => loader(async (queries) => (await children(name, queries)).map((found) => ({ nodes: found })));

function page(found, first) {
  const shown = found.slice(0, first);
  const last = shown.at(-1);
  const cursor = last && Buffer.from(JSON.stringify([last.createdAt, last.id])).toString("base64url");
  return {
    nodes: shown.map((row) => ({ ...row, amount: { value: row.amount, currency: row.currency } })),
    pageInfo: { hasNextPage: found.length > first, endCursor: cursor ?? null },
  };
}

const loaders = {
  Customer: {
    kycProfile: loader(async (queries) => (await children("profiles", queries)).map(([found]) => found ?? null)),
    dematAccounts: nodes("accounts"),
    portfolios: nodes("portfolios"),
    transactions: loader(async (queries) => {
      const { first } = queries[0].params;
      return (await children("transactions", queries, first + 1)).map((found) => page(found, first));
    }),
  },
  Portfolio: { holdings: nodes("holdings") },
};

if (cluster.isPrimary) {
  for (let n = 0; n < processes; n += 1) cluster.fork();
} else {
  const app = Fastify();
  app.register(mercurius, { schema, resolvers, loaders, jit: 1 });
  await app.listen({ port, host: "127.0.0.1" });
}
