// BullMQ on a Redis that writes each job to its append-only file before it answers (appendfsync always): what a user
// of Redis would pick to be as durable. All clients share a connection, as BullMQ's documentation recommends.
"use strict";

const { Queue, Worker } = require("bullmq");
const { payload } = require("./payload");

const connection = { path: process.env.REDIS_SOCKET, maxRetriesPerRequest: null };
const options = { removeOnComplete: true };

exports.connect = async () => {
  const queue = new Queue("send", { connection });
  await queue.waitUntilReady();
  return {
    add: (number, client) => queue.add("send", payload(number, client), options),
    addAll: (count) => queue.addBulk(
      Array.from({ length: count }, (_, i) => ({ name: "send", data: payload(i, 1), opts: options }))),
    waiting: () => queue.getWaitingCount(),
    close: () => queue.close(),
  };
};

// As for graphile-worker: one job at a time.
exports.listen = async (arrived) => {
  const worker = new Worker("send", async (job) => arrived(job.data), { connection, concurrency: 1 });
  await worker.waitUntilReady();
  return () => worker.close();
};
