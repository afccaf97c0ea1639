"use strict";

const { medianOf } = require("./csv");
const { ratio, table, target, whole } = require("./format");

const systems = {
  service: "the service: all rules, order, counts",
  sql: "plain SQL: moves the rows, decides nothing",
  lean: "plain SQL: moves rows between lean tables",
  graphile_worker: "graphile-worker: jobs that do nothing",
  pg_boss: "pg-boss: fetch and complete in batches",
};

const rate = (rows, system, parallel) =>
  medianOf(rows, { system, parallel }, (row) => row.messages / row.seconds);

exports.section = (rows) => {
  const lines = Object.entries(systems).map(([system, name]) => [
    name,
    ...[1, 2].flatMap((parallel) => [
      `${whole(rate(rows, system, parallel))}/s`,
      system === "service" ? "" : ratio(rate(rows, "service", parallel), rate(rows, system, parallel)),
    ]),
  ]);
  const users = Math.max(...rows.map((row) => row.messages));
  return `### Promotions

${whole(users)} users with one message each. 1 and 2 are instances of the service and of the peers, and connections of plain SQL.
An instance of the service runs its pass on two connections. Ratios: the rate of the service to that of the row.

${table(["", "1", "ratio", "2", "ratio"], lines)}

Processor time a promotion, µs:

${table(["instances", "the service", "PostgreSQL"], [1, 2].map((parallel) => [
    parallel, ...["service_cpu_us", "postgres_cpu_us"].map((column) =>
      whole(medianOf(rows, { system: "service", parallel }, column)))]))}

One instance, ${whole(users / 10)} users with ten messages each, one of which passes the cooldown: ${whole(rate(rows, "service_ten_each", 1))} promotions/s.

![Promotions per second](performance/promotions.svg)`;
};

// counts: how many instances of the service, then of the peer (plain SQL: connections).
const sides = [
  { system: "graphile_worker", least: 2.0, what: "graphile-worker, 1 instance each", counts: [1, 1] },
  { system: "graphile_worker", least: 1.5, what: "graphile-worker, 2 instances each", counts: [2, 2] },
  { system: "lean", least: 0.8, what: "plain SQL between lean tables, 1 instance and 2 connections", counts: [1, 2] },
];

exports.targets = (rows) => sides.map(({ system, least, what, counts }) => {
  const [service, peer] = [rate(rows, "service", counts[0]), rate(rows, system, counts[1])];
  return target(`promotions: ≥ ${least.toFixed(1)} × ${what}`, `${ratio(service, peer)} ×`, ratio(service, peer) >= least,
             `${whole(service)}/s and ${whole(peer)}/s`);
});

exports.curves = (rows) => [1, 2].map((parallel) => ({
  parallel,
  ...Object.fromEntries(Object.keys(systems).map((system) => [system, rate(rows, system, parallel)])),
}));
