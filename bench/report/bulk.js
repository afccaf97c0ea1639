"use strict";

const { median } = require("./csv");
const { short, table, target, whole } = require("./format");

const memoryMost = 48; // MiB
const mib = (bytes) => (bytes / 1024 / 1024).toFixed(1);
const highest = (rows) => Math.max(...rows.map((row) => row.max_mib));

exports.section = (rows) => `### Bulk requests of 16 MiB

${rows.length} requests of ${whole(rows[0].messages)} messages and ${mib(Math.min(...rows.map((row) => row.bytes)))} MiB, one after the
other, as NDJSON and as a JSON array in turn.

${table(["", ""], [
    ["a request, s (median)", short(median(rows.map((row) => row.seconds)))],
    ["maximum resident memory after the first, MiB", short(rows[0].max_mib)],
    ["after the last, MiB", short(highest(rows))],
  ])}`;

exports.targets = (rows) => [
  target(`memory: ≤ ${memoryMost} MiB with one bulk request of 16 MiB at a time`, `${short(highest(rows))} MiB`,
         highest(rows) <= memoryMost),
];
