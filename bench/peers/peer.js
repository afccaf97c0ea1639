// Runs one measurement of a job queue and prints its figures. The PG* variables select the database.
//
//   peer.js NAME add CLIENTS SECONDS                      jobs/s, p50 ms, p99 ms
//   peer.js graphile_worker|pg_boss fill JOBS             adds jobs in bulk; prints nothing
//   peer.js graphile_worker|pg_boss drain INSTANCES JOBS  seconds until all jobs are done
//   peer.js graphile_worker|bullmq latency SAMPLES PAUSE_MS   p50 ms, p99 ms from adding the job to the task
"use strict";

const { fork } = require("child_process");
const { setTimeout: pause } = require("timers/promises");
const { milliseconds, percentile } = require("./statistics");

const [name, measurement, ...numbers] = process.argv.slice(2);
const peer = require(`./${name}`);

const warmUpSeconds = 1;
const fillBatch = 10000;

async function addFor(session, clients, seconds) {
  const latencies = [];
  const end = milliseconds() + seconds * 1000;
  const client = async (index) => {
    for (let number = 1; milliseconds() < end; number += 1) {
      const began = milliseconds();
      await session.add(number, index);
      latencies.push(milliseconds() - began);
    }
  };
  const began = milliseconds();
  await Promise.all(Array.from({ length: clients }, (_, index) => client(index)));
  return { rate: latencies.length / ((milliseconds() - began) / 1000), latencies };
}

async function add(clients, seconds) {
  const session = await peer.connect(clients);
  await addFor(session, clients, warmUpSeconds);
  const { rate, latencies } = await addFor(session, clients, seconds);
  await session.close();
  console.log(rate.toFixed(0), percentile(latencies, 0.5).toFixed(2), percentile(latencies, 0.99).toFixed(2));
}

async function fill(jobs) {
  const session = await peer.connect(1);
  for (let left = jobs; left > 0; left -= fillBatch) await session.addAll(Math.min(left, fillBatch));
  await session.close();
}

// The process of one instance: connects, reports "ready", waits for "go", and reports when its jobs were done.
async function instance() {
  const work = await peer.makeDrain();
  process.on("message", async () => {
    const done = await work();
    process.send({ done, ended: milliseconds() }, () => process.disconnect());
  });
  process.send("ready");
}

async function drain(instances, jobs) {
  const children = Array.from({ length: instances }, () => fork(__filename, [name, "instance"]));
  const next = (child) => new Promise((resolve, reject) => {
    child.once("message", resolve);
    child.once("exit", (code) => reject(new Error(`An instance exited with ${code}`)));
  });
  await Promise.all(children.map(next));
  const began = milliseconds();
  for (const child of children) child.send("go");
  const results = await Promise.all(children.map(next));
  const done = results.reduce((sum, result) => sum + result.done, 0);
  const session = await peer.connect(1);
  const left = await session.waiting();
  await session.close();
  if (done !== jobs || left !== 0) throw new Error(`${name}: ${done} of ${jobs} jobs done, ${left} left`);
  console.log(((Math.max(...results.map((result) => result.ended)) - began) / 1000).toFixed(3));
}

async function latency(samples, pauseMs) {
  const session = await peer.connect(1);
  let arrive = () => {};
  const stop = await peer.listen((job) => arrive(job));
  const once = async (number) => {
    const arrived = new Promise((resolve) => { arrive = () => resolve(milliseconds()); });
    const began = milliseconds();
    await session.add(number, 1);
    const took = (await arrived) - began;
    await pause(pauseMs);
    return took;
  };
  for (let i = 0; i < 20; i += 1) await once(i); // warm up
  const latencies = [];
  for (let i = 0; i < samples; i += 1) latencies.push(await once(i));
  await stop();
  await session.close();
  console.log(percentile(latencies, 0.5).toFixed(2), percentile(latencies, 0.99).toFixed(2));
  process.exit(0); // the worker keeps connections open
}

({ add, fill, drain, latency, instance })[measurement](...numbers.map(Number)).catch((error) => {
  console.error(error);
  process.exit(1);
});
