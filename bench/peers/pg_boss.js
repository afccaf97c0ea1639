// pg-boss without its maintenance; several concurrent loops fetch and complete jobs in batches.
"use strict";

const { PgBoss } = require("pg-boss");
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

// Not by getQueueStats, which returns counts that may be an hour old.
const countWaiting = async (boss) => {
  const { rows } = await boss.getDb().executeSql(
    "SELECT count(*) FROM pgboss.job WHERE name = $1 AND state < 'completed'", [queue]);
  return Number(rows[0].count);
};

exports.connect = async (connections) => {
  const boss = await start(connections);
  return {
    add: (number, client) => boss.send(queue, payload(number, client)),
    addAll: (count) =>
      boss.insert(queue, Array.from({ length: count }, (_, i) => ({ data: payload(i, 1) }))),
    waiting: () => countWaiting(boss),
    close: () => boss.stop({ graceful: false }),
  };
};

exports.makeDrain = async () => {
  const boss = await start(loops);
  await Promise.all(Array.from({ length: loops }, () => countWaiting(boss)));
  return async () => {
    let done = 0;
    const loop = async () => {
      for (;;) {
        const jobs = await boss.fetch(queue, { batchSize });
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
