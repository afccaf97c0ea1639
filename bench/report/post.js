"use strict";

const { distinct, medianOf } = require("./csv");
const { aim, ratio, short, table, whole } = require("./format");

const systems = {
  ours: "ours",
  pgbench: "`pgbench`",
  graphile_worker: "graphile-worker `addJob`",
  pg_boss: "pg-boss `send`",
};

const rate = (rows, system, connections) => medianOf(rows, { system, connections }, "per_second");

function cell(rows, system, connections) {
  const at = (column) => medianOf(rows, { system, connections }, column);
  return `${whole(at("per_second"))}/s · ${short(at("p50_ms"))} · ${short(at("p99_ms"))}`;
}

exports.section = (rows) => {
  const lines = distinct(rows, "connections").map((connections) => [
    connections,
    ...Object.keys(systems).map((system) => cell(rows, system, connections)),
    ...["pgbench", "graphile_worker", "pg_boss"].map((peer) =>
      ratio(rate(rows, "ours", connections), rate(rows, peer, connections))),
  ]);
  return `### Durable posts

Each figure: per second · p50 ms · p99 ms. Ratios of the rates.

${table(["clients", ...Object.values(systems), "ours : `pgbench`", ": graphile-worker", ": pg-boss"], lines)}

![Durable posts per second](performance/posts.svg)
![How long a post takes](performance/posts_p99.svg)`;
};

exports.aims = (rows) => {
  const [ours, peer] = [rate(rows, "ours", 32), rate(rows, "pgbench", 32)];
  return [aim("posts at 32 connections: ≥ 1.2 × `pgbench`", `${ratio(ours, peer)} ×`, ratio(ours, peer) >= 1.2,
              `${whole(ours)}/s beside ${whole(peer)}/s`)];
};

exports.curves = (rows) => distinct(rows, "connections").map((connections) => {
  const curve = { connections };
  for (const system of Object.keys(systems)) {
    curve[`${system}_rate`] = rate(rows, system, connections);
    curve[`${system}_p99`] = medianOf(rows, { system, connections }, "p99_ms");
  }
  return curve;
});
