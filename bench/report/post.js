"use strict";

const { distinct, medianOf } = require("./csv");
const { ratio, short, table, target, whole } = require("./format");

const systems = {
  service: "the service",
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
      ratio(rate(rows, "service", connections), rate(rows, peer, connections))),
  ]);
  return `### Durable posts

Each cell: rate per second · p50 ms · p99 ms. The last three columns are ratios of the rates.

${table(["clients", ...Object.values(systems), "service : `pgbench`", ": graphile-worker", ": pg-boss"], lines)}

![Durable posts per second](performance/posts.svg)
![p99 of a post](performance/posts_p99.svg)`;
};

exports.targets = (rows) => {
  const [service, peer] = [rate(rows, "service", 32), rate(rows, "pgbench", 32)];
  return [target("posts at 32 connections: ≥ 1.2 × `pgbench`", `${ratio(service, peer)} ×`, ratio(service, peer) >= 1.2,
              `${whole(service)}/s and ${whole(peer)}/s`)];
};

exports.curves = (rows) => distinct(rows, "connections").map((connections) => {
  const curve = { connections };
  for (const system of Object.keys(systems)) {
    curve[`${system}_rate`] = rate(rows, system, connections);
    curve[`${system}_p99`] = medianOf(rows, { system, connections }, "p99_ms");
  }
  return curve;
});
