"use strict";

// A missing figure must not become a NaN in a table.
const known = (value) => {
  if (!Number.isFinite(value)) throw new Error(`A figure is missing: ${value}`);
  return value;
};

exports.whole = (value) => Math.round(known(value)).toLocaleString("en-US");

// Three significant digits, at most two of them after the decimal point.
exports.short = (value) =>
  known(value) >= 100 ? exports.whole(value) : value.toFixed(value >= 10 ? 1 : 2).replace(/^-0\.00$/, "0.00");

exports.ratio = (value, base) => known(known(value) / known(base)).toFixed(2);

exports.table = (header, rows) =>
  [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

// A row of the table of targets. Callers compare the rounded figure that the table shows.
exports.target = (what, measured, isMet, detail) =>
  [what, detail ? `${measured} (${detail})` : measured, isMet ? "met" : "**missed**"];
