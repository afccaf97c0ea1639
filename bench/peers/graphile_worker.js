// graphile-worker with the settings of its performance page: https://worker.graphile.org/docs/performance
"use strict";

const { Pool } = require("pg");
const { Logger, makeWorkerUtils, run, runOnce } = require("graphile-worker");
const { payload } = require("./payload");

const concurrency = 24;
const logger = new Logger(() => (level, message) => {
  if (level === "error" || level === "warning") console.error(message);
});
const giveUp = (error) => { throw error; };
const makePool = (connections) =>
  new Pool({ max: connections }).on("error", giveUp).on("connect", (client) => client.on("error", giveUp));
const fastest = { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 };

// A session for adding jobs, usable by as many concurrent clients as it has connections.
exports.connect = async (connections) => {
  const pool = makePool(connections);
  const utils = await makeWorkerUtils({ pgPool: pool, logger });
  await utils.migrate();
  return {
    add: (number, client) => utils.addJob("send", payload(number, client)),
    addAll: (count) =>
      pool.query(
        `SELECT graphile_worker.add_jobs(array_agg(json_populate_record(NULL::graphile_worker.job_spec,
           json_build_object('identifier', 'send', 'payload', job.value))))
         FROM json_array_elements($1) AS job`,
        [JSON.stringify(Array.from({ length: count }, (_, i) => payload(i, 1)))]),
    waiting: async () =>
      Number((await pool.query("SELECT count(*) FROM graphile_worker._private_jobs")).rows[0].count),
    close: async () => {
      await utils.release();
      await pool.end();
    },
  };
};

// Returns a function that runs all waiting jobs, as one of several instances; a job only increments a counter.
exports.makeDrain = async () => {
  const pool = makePool(concurrency + 1);
  await Promise.all(Array.from({ length: concurrency }, () => pool.query("SELECT 1")));
  return async () => {
    let done = 0;
    await runOnce({
      pgPool: pool, logger, preset: { worker: { ...fastest, concurrentJobs: concurrency } },
      taskList: { send: () => { done += 1; } },
    });
    await pool.end();
    return done;
  };
};

// Starts a worker that calls `arrived` with each payload; one job at a time, as in graphile-worker's own latency
// test.
exports.listen = async (arrived) => {
  const runner = await run({ pgPool: makePool(4), logger, concurrency: 1, noHandleSignals: true,
                             taskList: { send: (job) => arrived(job) } });
  return () => runner.stop();
};
