"use strict";

const { medianOf } = require("./csv");
const { aim, ratio, short, table } = require("./format");

const at = (rows, system, column) => medianOf(rows, { system }, column);

exports.section = (rows) => `### One urgent message on a quiet system

${table(["ms", "p50", "p99"], [
    ["ours: from the begin of the POST until a listener knows of the committed row in `messages`",
     short(at(rows, "ours", "p50_ms")), short(at(rows, "ours", "p99_ms"))],
    ["graphile-worker: from the call of `addJob` until its function runs",
     short(at(rows, "graphile_worker", "p50_ms")), short(at(rows, "graphile_worker", "p99_ms"))],
    ["ours, until the `console` sender has printed it (`sent_at`)",
     short(at(rows, "ours", "sent_p50_ms")), short(at(rows, "ours", "sent_p99_ms"))],
  ])}`;

exports.aims = (rows) => {
  const [ours, peer] = [at(rows, "ours", "p99_ms"), at(rows, "graphile_worker", "p99_ms")];
  return [aim("latency: p99 ≤ graphile-worker's", `${ratio(ours, peer)} ×`, ours <= peer,
              `${short(ours)} ms beside ${short(peer)} ms`)];
};
