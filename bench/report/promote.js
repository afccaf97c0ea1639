"use strict";

const { medianOf } = require("./csv");
const { aim, ratio, table, whole } = require("./format");

const systems = {
  ours: "ours: every rule, order, log",
  sql: "plain SQL: the rows moved, nothing decided",
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
      system === "ours" ? "" : ratio(rate(rows, "ours", parallel), rate(rows, system, parallel)),
    ]),
  ]);
  const people = Math.max(...rows.map((row) => row.messages));
  return `### Promotions

${whole(people)} people with one message each. 1 and 2: instances of ours and of the peers, connections of plain SQL; an
instance of ours makes its pass on two connections.

${table(["", "1", "ours : it", "2", "ours : it"], lines)}

${whole(people / 10)} people with ten messages each, of which the cooldown lets one go, one instance:
${whole(rate(rows, "ours_ten_each", 1))} promotions/s.

![Promotions per second](performance/promotions.svg)`;
};

// [ours, the peer's]: how many instances, or connections of plain SQL.
const sides = [
  { system: "graphile_worker", least: 1.0, what: "graphile-worker, 1 instance each", counts: [1, 1] },
  { system: "graphile_worker", least: 1.0, what: "graphile-worker, 2 instances each", counts: [2, 2] },
  { system: "sql", least: 0.6, what: "plain SQL, 1 instance beside 1 connection", counts: [1, 1] },
  { system: "sql", least: 0.6, what: "plain SQL, 1 instance beside 2 connections", counts: [1, 2] },
  { system: "sql", least: 0.6, what: "plain SQL, 2 instances beside 2 connections", counts: [2, 2] },
];

exports.aims = (rows) => sides.map(({ system, least, what, counts }) => {
  const [ours, peer] = [rate(rows, "ours", counts[0]), rate(rows, system, counts[1])];
  return aim(`promotions: ≥ ${least.toFixed(1)} × ${what}`, `${ratio(ours, peer)} ×`, ratio(ours, peer) >= least,
             `${whole(ours)}/s beside ${whole(peer)}/s`);
});

exports.curves = (rows) => [1, 2].map((parallel) => ({
  parallel,
  ...Object.fromEntries(Object.keys(systems).map((system) => [system, rate(rows, system, parallel)])),
}));
