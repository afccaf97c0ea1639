"use strict";

// By nearest rank, like `percentiles` in bench/lib/results.sh.
exports.percentile = (values, part) => {
  if (values.length === 0) throw new Error("No measurements");
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];
};

exports.milliseconds = () => Number(process.hrtime.bigint()) / 1e6;
