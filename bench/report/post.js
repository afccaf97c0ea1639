"use strict";

const { distinct, medianOf } = require("./csv");
const { ratio, short, table, target, whole } = require("./format");

const systems = {
  service: "the service",
  pgbench_plain: "`pgbench`, a plain row",
  pgbench_same: "`pgbench`, the same row",
  graphile_worker: "graphile-worker `addJob`",
  pg_boss: "pg-boss `send`",
  bullmq: "BullMQ `add`",
};
const peers = Object.keys(systems).slice(1);

const rate = (rows, system, connections) => medianOf(rows, { system, connections }, "per_second");

function cell(rows, system, connections) {
  const at = (column) => medianOf(rows, { system, connections }, column);
  return `${whole(at("per_second"))}/s · ${short(at("p50_ms"))} · ${short(at("p99_ms"))}`;
}

exports.section = (rows) => {
  const lines = distinct(rows, "connections").map((connections) => [
    connections,
    ...Object.keys(systems).map((system) => cell(rows, system, connections)),
  ]);
  return `### Durable posts

Each cell: rate per second · p50 ms · p99 ms.

${table(["clients", ...Object.values(systems)], lines)}

The rate of the service, divided by that of each other:

${table(["clients", ...peers.map((peer) => systems[peer])], distinct(rows, "connections").map((connections) => [
    connections, ...peers.map((peer) => ratio(rate(rows, "service", connections), rate(rows, peer, connections)))]))}

Processor time a post, µs:

${table(["clients", "the service", "PostgreSQL"], distinct(rows, "connections").map((connections) => [
    connections, ...["service_cpu_us", "postgres_cpu_us"].map((column) =>
      whole(medianOf(rows, { system: "service", connections }, column)))]))}

![Durable posts per second](performance/posts.svg)
![p99 of a post](performance/posts_p99.svg)`;
};

// part: of the rate of the other system.
const rateTargets = [
  { system: "pgbench_plain", connections: 32, part: 0.9, what: "`pgbench` with a plain row" },
  { system: "pgbench_plain", connections: 1, part: 0.6, what: "`pgbench` with a plain row" },
  { system: "bullmq", connections: 32, part: 0.9, what: "BullMQ" },
];
const p99Targets = { system: "pgbench_plain", connections: [32, 80], most: 1.5, what: "`pgbench` with a plain row" };
const cpuTargets = [
  { column: "service_cpu_us", most: 70, what: "the service" },
  { column: "postgres_cpu_us", most: 90, what: "PostgreSQL" },
];

exports.targets = (rows) => [
  ...rateTargets.map(({ system, connections, part, what }) => {
    const [ours, theirs] = [rate(rows, "service", connections), rate(rows, system, connections)];
    return target(`posts at ${connections} connection${connections > 1 ? "s" : ""}: ≥ ${part} × ${what}`,
                  `${ratio(ours, theirs)} ×`, ratio(ours, theirs) >= part, `${whole(ours)}/s and ${whole(theirs)}/s`);
  }),
  ...p99Targets.connections.map((connections) => {
    const [ours, theirs] = ["service", p99Targets.system].map((system) =>
      medianOf(rows, { system, connections }, "p99_ms"));
    return target(`posts at ${connections} connections: p99 ≤ ${p99Targets.most} × that of ${p99Targets.what}`,
                  `${ratio(ours, theirs)} ×`, ratio(ours, theirs) <= p99Targets.most,
                  `${short(ours)} ms and ${short(theirs)} ms`);
  }),
  ...cpuTargets.map(({ column, most, what }) => {
    const used = medianOf(rows, { system: "service", connections: 32 }, column);
    return target(`processor time of ${what} a post at 32 connections: ≤ ${most} µs`, `${whole(used)} µs`,
                  Math.round(used) <= most);
  }),
];

exports.curves = (rows) => distinct(rows, "connections").map((connections) => {
  const curve = { connections };
  for (const system of Object.keys(systems)) {
    curve[`${system}_rate`] = rate(rows, system, connections);
    curve[`${system}_p99`] = medianOf(rows, { system, connections }, "p99_ms");
  }
  return curve;
});
