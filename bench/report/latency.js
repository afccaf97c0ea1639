"use strict";

const { medianOf } = require("./csv");
const { ratio, short, table, target } = require("./format");

const at = (rows, system, column) => medianOf(rows, { system }, column);

exports.section = (rows) => `### One urgent message on an idle system

${table(["ms", "p50", "p99"], [
    ["the service: from the start of the POST until a listener is notified of the committed row in `messages`",
     short(at(rows, "service", "p50_ms")), short(at(rows, "service", "p99_ms"))],
    ["graphile-worker: from the call of `addJob` until its function runs",
     short(at(rows, "graphile_worker", "p50_ms")), short(at(rows, "graphile_worker", "p99_ms"))],
    ["the service, until the `console` sender has printed it (`sent_at`)",
     short(at(rows, "service", "sent_p50_ms")), short(at(rows, "service", "sent_p99_ms"))],
  ])}`;

exports.targets = (rows) => {
  const [service, peer] = [at(rows, "service", "p99_ms"), at(rows, "graphile_worker", "p99_ms")];
  return [target("latency: p99 ≤ graphile-worker's", `${ratio(service, peer)} ×`, service <= peer,
              `${short(service)} ms and ${short(peer)} ms`)];
};
