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

exports.aims = (rows) => [1, 2].flatMap((parallel) => {
  const ours = rate(rows, "ours", parallel);
  const beside = (system, least, name) => {
    const peer = rate(rows, system, parallel);
    return aim(`promotions: ≥ ${least.toFixed(1)} × ${name}`, `${ratio(ours, peer)} ×`, ratio(ours, peer) >= least,
               `${whole(ours)}/s beside ${whole(peer)}/s`);
  };
  const [instances, connections] = parallel === 1 ? ["1 instance", "1 connection"] : ["2 instances", "2 connections"];
  return [
    beside("graphile_worker", 1.0, `graphile-worker, ${instances} each`),
    beside("sql", 0.6, `plain SQL, ${instances} beside ${connections}`),
  ];
});

exports.curves = (rows) => [1, 2].map((parallel) => ({
  parallel,
  ...Object.fromEntries(Object.keys(systems).map((system) => [system, rate(rows, system, parallel)])),
}));
