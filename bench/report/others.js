// The parts without a curve: memory, inbound messages, the machine.
"use strict";

const { distinct } = require("./csv");
const { short, table, target, whole } = require("./format");

const memoryMost = 48; // MiB
const highest = (rows) => rows.reduce((a, b) => (b.max_mib > a.max_mib ? b : a));

exports.memory = {
  section: (rows) => `### Memory

The maximum resident memory of a process of the service, without PostgreSQL, sampled every second over the whole run
(${whole(rows.length)} samples of ${distinct(rows, "process").length} processes).

${table(["part", "MiB"], distinct(rows, "part").map((part) =>
    [part, short(highest(rows.filter((row) => row.part === part)).max_mib)]))}

![Resident memory over the run](performance/memory.svg)`,
  targets: (rows) => [
    target(`memory: ≤ ${memoryMost} MiB resident throughout`, `${short(highest(rows).max_mib)} MiB`,
           highest(rows).max_mib <= memoryMost, `in the part "${highest(rows).part}"`),
  ],
};

exports.inbound = {
  section: (rows) => {
    const percentiles = (p50, p99) => `p50 ${short(p50)} ms, p99 ${short(p99)} ms`;
    const column = (load) => [
      `${whole(load.messages)}, and ${whole(load.duplicates)} duplicates, from ${whole(load.users)} users`,
      `${short(load.seconds)} s: ${whole(load.per_minute)} a minute`,
      percentiles(load.accepted_p50_ms, load.accepted_p99_ms),
      percentiles(load.agent_p50_ms, load.agent_p99_ms),
      whole(load.turns),
      `${short(load.answered_s)} s: ${whole(load.messages / load.answered_s * 60)} a minute`,
    ];
    const names = ["messages", "sent within", "accepted (committed) in", "pushed to the agent after",
                   "turns, each with one reply", "all answered after"];
    const loads = { minute: "as they are written", full: "as fast as the service takes them" };
    const columns = Object.keys(loads).map((load) => column(rows.find((row) => row.load === load)));
    return `### Inbound messages

${rows[0].instances} instances. None lost, none out of order, all duplicates recognised. The PostgreSQL of this
part does not wait for the disk.

${table(["", ...Object.values(loads)], names.map((name, i) => [name, ...columns.map((cells) => cells[i])]))}`;
  },
  targets: () => [],
};

exports.inbound_statements = {
  section: () => "",
  // A test counts them, and the run ends if they are more.
  targets: ([{ at_most: most }]) => [
    target("inbound: a message and its turn in ≤ 12 statements", `≤ ${most}`, most <= 12, "counted by a test in this run"),
  ],
};

exports.machine = (rows) => {
  const about = Object.fromEntries(rows.map(({ name, value }) => [name, value]));
  const settings = ["fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_wal_size", "autovacuum"];
  return `Measured on ${about.date}: ${about.cores} cores (${about.processor}), ${about.memory_gib} GiB of memory, shared
by the service, PostgreSQL ${about.postgresql} and the load generators; ${about.system}, release build. The embedded
PostgreSQL with its default settings: ${settings.map((name) => `\`${name}\` ${about[name]}`).join(", ")}.
Peers: graphile-worker ${about["graphile-worker"]}, pg-boss ${about["pg-boss"]} and BullMQ ${about.bullmq} on Node ${about.node};
Redis ${about.redis} with \`appendfsync always\`.`;
};
