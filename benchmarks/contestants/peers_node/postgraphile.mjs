// PostGraphile 5 with its Amber preset, as its documentation sets it up: the schema is read from the database.
// The only addition is the holding's market value, which the database does not keep.
import { connection, port, processes } from "./settings.mjs";
import cluster from "node:cluster";
import { createServer } from "node:http";
import { grafserv } from "postgraphile/grafserv/node";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { extendSchema } from "postgraphile/utils";
import { TYPES } from "postgraphile/@dataplan/pg";

const MarketValue = extendSchema((build) => ({
  typeDefs: `extend type PortfoliosHolding { marketValue: BigFloat }`,
  objects: {
    PortfoliosHolding: {
      plans: {
        marketValue($holding) {
          const { sql } = build;
          return $holding.select(
            sql`round(${$holding}.quantity * (select s.last_price from portfolios_security s where s.id = ${$holding}.security_id), 2)`,
            TYPES.numeric,
          );
        },
      },
    },
  },
}));

const preset = {
  extends: [PostGraphileAmberPreset],
  plugins: [MarketValue],
  pgServices: [makePgService({ poolConfig: connection, schemas: ["public"] })],
  grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false },
  grafast: { explain: false },
};

if (cluster.isPrimary) {
  for (let n = 0; n < processes; n += 1) cluster.fork();
} else {
  const instance = postgraphile(preset);
  const server = createServer();
  server.on("error", (error) => { throw error; });
  await instance.createServ(grafserv).addTo(server);
  server.listen(port, "127.0.0.1");
}
