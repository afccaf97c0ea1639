"use strict";

const { medianOf } = require("./csv");
const { ratio, short, table, target, whole } = require("./format");

const at = (rows, system, column) => medianOf(rows, { system }, column);
const due = (rows) => whole(at(rows, "service_busy", "due"));

exports.section = (rows) => `### One urgent message on an idle system

${table(["ms", "p50", "p99"], [
    ["the service: from the start of the POST until a listener is notified of the committed row in `messages`",
     short(at(rows, "service", "p50_ms")), short(at(rows, "service", "p99_ms"))],
    ["graphile-worker: from the call of `addJob` until its function runs",
     short(at(rows, "graphile_worker", "p50_ms")), short(at(rows, "graphile_worker", "p99_ms"))],
    ["BullMQ: from the call of `add` until its function runs",
     short(at(rows, "bullmq", "p50_ms")), short(at(rows, "bullmq", "p99_ms"))],
    ["the service, until the `console` sender has printed it (`sent_at`)",
     short(at(rows, "service", "sent_p50_ms")), short(at(rows, "service", "sent_p99_ms"))],
    [`the service, while a full pass promotes ${due(rows)} messages that came due at once`,
     short(at(rows, "service_busy", "p50_ms")), short(at(rows, "service_busy", "p99_ms"))],
  ])}`;

// part: of the other's time.
const targets = [["graphile_worker", 0.6, "graphile-worker's"], ["bullmq", 1.0, "BullMQ's"]];

const busyMost = 40;

const busy = (rows) => {
  const p99 = at(rows, "service_busy", "p99_ms");
  return target(`latency: p99 ≤ ${busyMost} ms among ${due(rows)} messages that come due at once`, `${short(p99)} ms`,
                p99 <= busyMost, `p50 ${short(at(rows, "service_busy", "p50_ms"))} ms`);
};

exports.targets = (rows) => [...targets.flatMap(([system, part, whose]) => ["p50_ms", "p99_ms"].map((column) => {
  const [ours, theirs] = [at(rows, "service", column), at(rows, system, column)];
  return target(`latency: ${column.slice(0, 3)} ≤ ${part === 1 ? "" : `${part} × `}${whose}`, `${ratio(ours, theirs)} ×`,
                ratio(ours, theirs) <= part, `${short(ours)} ms and ${short(theirs)} ms`);
})), busy(rows)];
