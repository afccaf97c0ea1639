"use strict";

const { distinct, medianOf } = require("./csv");
const { aim, ratio, short, table, whole } = require("./format");

const holds = { quiet_hours: "quiet hours", cooldown: "cooldown", one_person: "either, and one ready person's own" };

// Pass 0 is the one before those that count.
const counted = (rows) => rows.filter((row) => row.pass > 0);

const points = (rows) => distinct(rows, "parked").flatMap((parked) =>
  Object.keys(holds)
    .filter((held_by) => rows.some((row) => row.parked === parked && row.held_by === held_by))
    .map((held_by) => ({
      parked, held_by,
      ms: medianOf(counted(rows), { parked, held_by }, "ms"),
      buffers: medianOf(counted(rows), { parked, held_by }, "buffers"),
      first_ms: medianOf(rows, { parked, held_by, pass: 0 }, "ms"),
      first_read: medianOf(rows, { parked, held_by, pass: 0 }, "buffers_read"),
    })));

// What it is compared to: the same at the smallest size.
const baseOf = (all, point) =>
  all.find((base) => base.held_by === point.held_by && base.parked < point.parked) ??
  (point.held_by === "one_person" ? all[0] : point);

exports.section = (rows) => {
  const all = points(rows);
  const lines = all.map((point) => [
    whole(point.parked), holds[point.held_by], short(point.ms), ratio(point.ms, baseOf(all, point).ms),
    whole(point.buffers), ratio(point.buffers, baseOf(all, point).buffers),
    short(point.first_ms), whole(point.first_read),
  ]);
  return `### A pass with 1,000 ready people, by what is parked

Medians of ${Math.max(...rows.map((row) => row.pass))} passes; ratios to the same with the fewest parked. A buffer is 8 KiB.
The first pass finds the caches as \`VACUUM\` left them; read are the buffers that were not in PostgreSQL's own.

${table(["parked", "held by", "ms", "ratio", "buffers touched", "ratio", "first pass, ms", "buffers read"], lines)}

![Pass time by what is parked](performance/growth.svg)
![Buffers touched by what is parked](performance/growth_buffers.svg)`;
};

exports.aims = (rows) => {
  const all = points(rows);
  const most = Math.max(...all.map((point) => point.parked));
  const grown = all.filter((point) => baseOf(all, point) !== point && point.parked >= most / 2);
  const worst = grown.reduce((a, b) => (b.ms / baseOf(all, b).ms > a.ms / baseOf(all, a).ms ? b : a));
  const factor = ratio(worst.ms, baseOf(all, worst).ms);
  return [aim("growth: a pass with 10⁷ parked ≤ 1.2 × with 10⁴", `${factor} ×`, factor <= 1.2,
              `held by ${holds[worst.held_by]}: ${short(worst.ms)} ms beside ${short(baseOf(all, worst).ms)} ms`)];
};

exports.curves = (rows) => distinct(rows, "parked").map((parked) => {
  const curve = { parked };
  for (const point of points(rows).filter((point) => point.parked === parked)) {
    curve[`${point.held_by}_ms`] = point.ms;
    curve[`${point.held_by}_buffers`] = point.buffers;
  }
  return curve;
});
