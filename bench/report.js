// Generates the tables of docs/performance.md, and the curves that bench/plot draws, from the measurements.
//
//   report.js RESULTS          prints the tables of the measured parts
//   report.js RESULTS FILE     also writes them to FILE, between its two markers
"use strict";

const fs = require("fs");
const csv = require("./report/csv");
const { table } = require("./report/format");
const { inbound, inbound_statements, machine, memory } = require("./report/others");

const [results, document] = process.argv.slice(2);
const parts = {
  post: require("./report/post"),
  promote: require("./report/promote"),
  latency: require("./report/latency"),
  growth: require("./report/growth"),
  churn: require("./report/churn"),
  bulk: require("./report/bulk"),
  shards: require("./report/shards"),
  memory,
  inbound,
  inbound_statements,
};
const [begin, end] = ["<!-- figures: begin (scripts/bench) -->", "<!-- figures: end -->"];

function report() {
  const measured = Object.entries(parts)
    .map(([name, part]) => ({ name, part, rows: csv.read(results, name) }))
    .filter(({ rows }) => rows.length > 0);
  for (const { name, part, rows } of measured) {
    if (!part.curves) continue;
    const curves = part.curves(rows);
    csv.write(results, `${name}_curves`, [...new Set(curves.flatMap(Object.keys))], curves);
  }
  const targets = measured.flatMap(({ part, rows }) => part.targets(rows));
  return [
    machine(csv.readText(results, "machine")), // 15.20 is no number
    targets.length ? `### Targets\n\n${table(["aim", "measured", "verdict"], targets)}` : "",
    ...measured.map(({ part, rows }) => part.section(rows)),
  ].filter(Boolean).join("\n\n");
}

function replaceBetweenMarkers(text, figures) {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${document} has no markers for its figures`);
  return `${text.slice(0, from + begin.length)}\n\n${figures}\n\n${text.slice(to)}`;
}

const figures = report();
console.log(figures);
if (document) fs.writeFileSync(document, replaceBetweenMarkers(fs.readFileSync(document, "utf8"), figures));
