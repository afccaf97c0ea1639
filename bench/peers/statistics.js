"use strict";

// The nearest rank, as pgbench's log is read too.
exports.percentile = (values, part) => {
  if (values.length === 0) throw new Error("nothing was measured");
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];
};

exports.milliseconds = () => Number(process.hrtime.bigint()) / 1e6;
