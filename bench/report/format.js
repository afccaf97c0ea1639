"use strict";

exports.whole = (value) => Math.round(value).toLocaleString("en-US");

// Three significant digits, as far as they are behind the point.
exports.short = (value) =>
  value >= 100 ? exports.whole(value) : value.toFixed(value >= 10 ? 1 : 2).replace(/^-0\.00$/, "0.00");

exports.ratio = (ours, theirs) => (ours / theirs).toFixed(2);

exports.table = (header, rows) =>
  [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

// Whether an aim is reached is told of the figure that is shown.
exports.aim = (what, measured, isReached, detail) =>
  [what, detail ? `${measured} (${detail})` : measured, isReached ? "reached" : "**not reached**"];
