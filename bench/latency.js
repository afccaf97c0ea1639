// Measures the time from the start of the POST of an urgent message until a listener knows that its row in `messages`
// is committed. As in a job queue, the listener is notified; a trigger added by this benchmark sends the notification.
// Prints p50 ms and p99 ms, then both for the time until the sender had sent it (the row's sent_at).
//
//   latency.js URL SAMPLES PAUSE_MS [unsent]     with `unsent`, only the first two: no sender runs
"use strict";

const http = require("http");
const { setTimeout: pause } = require("timers/promises");
const { Client } = require("pg");
const { payload } = require("./peers/payload");
const { milliseconds, percentile } = require("./peers/statistics");

const [url, samples, pauseMs] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const isSent = process.argv[5] !== "unsent";
const warmUp = 20;

const trigger = `
  CREATE OR REPLACE FUNCTION bench_messages() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN PERFORM pg_notify('bench_messages', NEW.content); RETURN NULL; END $$;
  CREATE OR REPLACE TRIGGER bench_messages AFTER INSERT ON messages
  FOR EACH ROW WHEN (NEW.user_id LIKE 'user%') EXECUTE FUNCTION bench_messages();`;

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

function post(body) {
  return new Promise((resolve, reject) => {
    const request = http.request(`${url}/schedule-message`, { method: "POST", agent }, (response) => {
      response.resume();
      response.on("end", () =>
        response.statusCode === 200 ? resolve() : reject(new Error(`POST: ${response.statusCode}`)));
    });
    request.on("error", reject);
    request.end(JSON.stringify(body));
  });
}

async function once(listener, number) {
  const { agentId, content } = payload(number, 1);
  const arrived = new Promise((resolve) => {
    listener.once("notification", ({ payload: text }) => {
      if (text !== content) throw new Error(`Unexpected notification: ${text}`);
      resolve(milliseconds());
    });
  });
  const posted = performance.timeOrigin + performance.now();
  const began = milliseconds();
  await post({ userId: `user_${number}`, agentId, messageData: { content }, priority: "urgent" });
  const took = (await arrived) - began;
  await pause(pauseMs);
  return { number, posted, took };
}

// Polls, because the last messages may not have been sent yet.
async function sentAt(listener, count) {
  for (let attempts = 0; attempts < 100; attempts += 1) {
    const { rows } = await listener.query(
      `SELECT substr(user_id, 6)::int AS number, 1000 * extract(epoch FROM sent_at)::float8 AS sent
       FROM messages WHERE status = 'sent'`);
    if (rows.length === count) return new Map(rows.map(({ number, sent }) => [number, sent]));
    await pause(100);
  }
  throw new Error("Not all messages were sent");
}

async function main() {
  const listener = new Client();
  await listener.connect();
  await listener.query(trigger);
  await listener.query("LISTEN bench_messages");
  const all = [];
  for (let number = 1; number <= warmUp + samples; number += 1) all.push(await once(listener, number));
  const sent = isSent ? await sentAt(listener, all.length) : new Map();
  await listener.query("DROP TRIGGER bench_messages ON messages");
  await listener.end();
  const measured = all.slice(warmUp);
  const committed = measured.map(({ took }) => took);
  const delivered = measured.map(({ number, posted }) => sent.get(number) - posted);
  console.log((isSent ? [committed, delivered] : [committed])
    .flatMap((values) => [percentile(values, 0.5), percentile(values, 0.99)])
    .map((value) => value.toFixed(2)).join(" "));
  process.exit(0);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
