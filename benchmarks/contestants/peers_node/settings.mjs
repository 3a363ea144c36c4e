// What both peers get from the benchmark: where the database is, the port, the number of processes.
export const port = Number(process.env.PORT);
export const processes = Number(process.env.PROCESSES);
export const connection = {
  host: process.env.DATABASE_HOST,
  user: process.env.DATABASE_USER,
  database: process.env.DATABASE_NAME,
  max: Number(process.env.CONNECTIONS_PER_PROCESS),
};

// PostGraphile asks for Node 22; this is all that it lacks in Node 20.
Promise.withResolvers ??= function withResolvers() {
  let resolve, reject;
  const promise = new this((first, second) => { resolve = first; reject = second; });
  return { promise, resolve, reject };
};
