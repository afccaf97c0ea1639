// pg-boss without its maintenance; several concurrent loops fetch and complete jobs in batches.
"use strict";

const PgBoss = require("pg-boss");
const { payload } = require("./payload");

const queue = "send";
const loops = Number(process.env.PG_BOSS_LOOPS ?? 2);
const batchSize = Number(process.env.PG_BOSS_BATCH ?? 5000);

const start = async (connections) => {
  const boss = new PgBoss({ host: process.env.PGHOST, user: process.env.PGUSER, database: process.env.PGDATABASE,
                            max: connections, supervise: false, schedule: false });
  boss.on("error", (error) => { throw error; });
  await boss.start();
  await boss.createQueue(queue);
  return boss;
};

exports.connect = async (connections) => {
  const boss = await start(connections);
  return {
    add: (number, client) => boss.send(queue, payload(number, client)),
    addAll: (count) =>
      boss.insert(Array.from({ length: count }, (_, i) => ({ name: queue, data: payload(i, 1) }))),
    waiting: () => boss.getQueueSize(queue),
    close: () => boss.stop({ graceful: false }),
  };
};

exports.makeDrain = async () => {
  const boss = await start(loops);
  await Promise.all(Array.from({ length: loops }, () => boss.getQueueSize(queue)));
  return async () => {
    let done = 0;
    const loop = async () => {
      for (;;) {
        // Without `priority` the index provides the order; with it each fetch would sort all waiting jobs.
        const jobs = await boss.fetch(queue, { batchSize, priority: false });
        if (jobs.length === 0) return;
        await boss.complete(queue, jobs.map((job) => job.id));
        done += jobs.length;
      }
    };
    await Promise.all(Array.from({ length: loops }, loop));
    await boss.stop({ graceful: false });
    return done;
  };
};
