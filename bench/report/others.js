// What has no curve: memory, what people write, the machine.
"use strict";

const { aim, short, table, whole } = require("./format");

const mostMemory = (rows) => Math.max(...rows.map((row) => row.most_mib));

exports.memory = {
  section: (rows) => `### Memory

The most that a process of ours held resident, sampled each second over the whole run (${whole(rows.length)} samples of
${new Set(rows.map((row) => row.process)).size} processes): ${short(mostMemory(rows))} MiB. PostgreSQL's own is not in it.

![Resident memory over the run](performance/memory.svg)`,
  aims: (rows) => [
    aim("memory: ≤ 64 MiB resident throughout", `${short(mostMemory(rows))} MiB`, mostMemory(rows) <= 64),
  ],
};

function inboundSection([load]) {
  const percentiles = (p50, p99) => `p50 ${short(p50)} ms, p99 ${short(p99)} ms`;
  const lines = [
    ["messages", `${whole(load.messages)}, and ${whole(load.repeats)} repeats, of ${whole(load.people)} people in ` +
                 `${short(load.seconds)} s: ${whole(load.per_minute)} a minute`],
    ["accepted (committed) in", percentiles(load.accepted_p50_ms, load.accepted_p99_ms)],
    ["with the agent after", percentiles(load.agent_p50_ms, load.agent_p99_ms)],
    ["turns", `${whole(load.turns)}, each with one reply; nothing lost, none out of order, all repeats recognised`],
  ];
  return `### What people write\n\n${table(["", ""], lines)}`;
}

exports.inbound = { section: inboundSection, aims: () => [] };

exports.machine = (rows) => {
  const about = Object.fromEntries(rows.map(({ name, value }) => [name, value]));
  const settings = ["fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_wal_size", "autovacuum"];
  return `Measured on ${about.date}: ${about.cores} cores (${about.processor}), ${about.memory_gib} GiB of memory, shared
by the service, PostgreSQL ${about.postgresql} and the load generators; Debian 12, release build. The embedded
PostgreSQL as it ships: ${settings.map((name) => `\`${name}\` ${about[name]}`).join(", ")}.
Beside it graphile-worker ${about["graphile-worker"]} and pg-boss ${about["pg-boss"]} on Node ${about.node}.`;
};
