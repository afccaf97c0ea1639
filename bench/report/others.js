// The parts without a curve: memory, inbound messages, the machine.
"use strict";

const { short, table, target, whole } = require("./format");

const maxMemory = (rows) => Math.max(...rows.map((row) => row.max_mib));

exports.memory = {
  section: (rows) => `### Memory

The maximum resident memory of a process of the service, sampled every second over the whole run (${whole(rows.length)} samples of ${new Set(rows.map((row) => row.process)).size}
processes): ${short(maxMemory(rows))} MiB, without PostgreSQL.

![Resident memory over the run](performance/memory.svg)`,
  targets: (rows) => [
    target("memory: ≤ 64 MiB resident throughout", `${short(maxMemory(rows))} MiB`, maxMemory(rows) <= 64),
  ],
};

function inboundSection([load]) {
  const percentiles = (p50, p99) => `p50 ${short(p50)} ms, p99 ${short(p99)} ms`;
  const lines = [
    ["messages", `${whole(load.messages)}, and ${whole(load.duplicates)} duplicates, from ${whole(load.users)} users in ` +
                 `${short(load.seconds)} s: ${whole(load.per_minute)} a minute`],
    ["accepted (committed) in", percentiles(load.accepted_p50_ms, load.accepted_p99_ms)],
    ["pushed to the agent after", percentiles(load.agent_p50_ms, load.agent_p99_ms)],
    ["turns", `${whole(load.turns)}, each with one reply; none lost, none out of order, all duplicates recognised`],
  ];
  return `### Inbound messages\n\n${table(["", ""], lines)}`;
}

exports.inbound = { section: inboundSection, targets: () => [] };

exports.machine = (rows) => {
  const about = Object.fromEntries(rows.map(({ name, value }) => [name, value]));
  const settings = ["fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_wal_size", "autovacuum"];
  return `Measured on ${about.date}: ${about.cores} cores (${about.processor}), ${about.memory_gib} GiB of memory, shared
by the service, PostgreSQL ${about.postgresql} and the load generators; Debian 12, release build. The embedded
PostgreSQL with its default settings: ${settings.map((name) => `\`${name}\` ${about[name]}`).join(", ")}.
Peers: graphile-worker ${about["graphile-worker"]}, pg-boss ${about["pg-boss"]} and BullMQ ${about.bullmq} on Node ${about.node}; Redis ${about.redis}.`;
};
