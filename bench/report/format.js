"use strict";

exports.whole = (value) => Math.round(value).toLocaleString("en-US");

// Three significant digits, at most two of them after the decimal point.
exports.short = (value) =>
  value >= 100 ? exports.whole(value) : value.toFixed(value >= 10 ? 1 : 2).replace(/^-0\.00$/, "0.00");

exports.ratio = (value, base) => (value / base).toFixed(2);

exports.table = (header, rows) =>
  [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

// A row of the table of targets. Callers compare the rounded figure that the table shows.
exports.target = (what, measured, isMet, detail) =>
  [what, detail ? `${measured} (${detail})` : measured, isMet ? "met" : "**missed**"];
