"use strict";

const { distinct, medianOf } = require("./csv");
const { ratio, short, table, target, whole } = require("./format");

const blocks = {
  quiet_hours: "quiet hours",
  cooldown: "cooldown",
  one_user: "either; the additional messages belong to one ready user",
};
const named = (point) =>
  point.blocked_by === "one_user" ? "with more messages of one ready user" : `blocked by ${blocks[point.blocked_by]}`;

// Pass 0 runs before the counted ones and is reported separately.
const counted = (rows) => rows.filter((row) => row.pass > 0);

const points = (rows) => distinct(rows, "waiting").flatMap((waiting) =>
  Object.keys(blocks)
    .filter((blocked_by) => rows.some((row) => row.waiting === waiting && row.blocked_by === blocked_by))
    .map((blocked_by) => ({
      waiting, blocked_by,
      ms: medianOf(counted(rows), { waiting, blocked_by }, "ms"),
      buffers: medianOf(counted(rows), { waiting, blocked_by }, "buffers"),
      first_ms: medianOf(rows, { waiting, blocked_by, pass: 0 }, "ms"),
      first_read: medianOf(rows, { waiting, blocked_by, pass: 0 }, "buffers_read"),
    })));

// The row that it is compared to: the same kind of block at the smallest size.
const baseOf = (all, point) =>
  all.find((base) => base.blocked_by === point.blocked_by && base.waiting < point.waiting) ??
  (point.blocked_by === "one_user" ? all[0] : point);

exports.section = (rows) => {
  const all = points(rows);
  const lines = all.map((point) => [
    whole(point.waiting), blocks[point.blocked_by], short(point.ms), ratio(point.ms, baseOf(all, point).ms),
    whole(point.buffers), ratio(point.buffers, baseOf(all, point).buffers),
    short(point.first_ms), whole(point.first_read),
  ]);
  return `### A pass with 1,000 ready users, by the number of waiting messages

Medians of ${Math.max(...rows.map((row) => row.pass))} passes; ratios to the row with the fewest waiting messages. A buffer is 8 KiB. The first pass finds the caches
as \`VACUUM\` left them; "read" counts the buffers that were not in PostgreSQL's cache.

${table(["waiting", "blocked by", "ms", "ratio", "buffers touched", "ratio", "first pass, ms", "buffers read"], lines)}

![Pass time by the number of waiting messages](performance/growth.svg)
![Buffers touched by the number of waiting messages](performance/growth_buffers.svg)`;
};

// Growth is compared with a pass beside 10⁴ and 10⁵ messages; buffers are counted beside the fewest.
const readyUsers = 1000;
const growthTargets = [{ from: 100000, most: 1.2 }, { from: 10000, most: 1.4 }];

exports.targets = (rows) => {
  const all = points(rows);
  // The messages of one ready user are added to the most that wait.
  const most = Math.max(...all.filter((point) => point.blocked_by !== "one_user").map((point) => point.waiting));
  const fewest = Math.min(...all.map((point) => point.waiting));
  // Of the two kinds of block, the one that touches more.
  const least = all.filter((point) => point.waiting === fewest).reduce((a, b) => (b.buffers > a.buffers ? b : a));
  const buffers = least.buffers / readyUsers;
  const growth = growthTargets.filter(({ from }) => all.some((point) => point.waiting === from && from < most))
    .map(({ from, most: limit }) => {
      const factors = all.filter((point) => point.waiting >= most).map((point) => {
        const blocked_by = point.blocked_by === "one_user" ? "quiet_hours" : point.blocked_by;
        const base = all.find((other) => other.waiting === from && other.blocked_by === blocked_by);
        return { point, base, factor: Number(ratio(point.ms, base.ms)) };
      });
      const worst = factors.reduce((a, b) => (b.factor > a.factor ? b : a));
      return target(`growth: a pass with ${whole(most)} waiting messages ≤ ${limit} × one with ${whole(from)}`,
                    `${worst.factor.toFixed(2)} ×`, worst.factor <= limit, `${named(worst.point)}: ${short(worst.point.ms)} ms and ` +
                    `${short(worst.base.ms)} ms`);
    });
  return [...growth, target(`buffers a promotion, with ${whole(least.waiting)} waiting messages: ≤ 30`,
                            short(buffers), Number(buffers.toFixed(1)) <= 30, `${whole(least.buffers)} in a pass`)];
};

exports.curves = (rows) => distinct(rows, "waiting").map((waiting) => {
  const curve = { waiting };
  for (const point of points(rows).filter((point) => point.waiting === waiting)) {
    curve[`${point.blocked_by}_ms`] = point.ms;
    curve[`${point.blocked_by}_buffers`] = point.buffers;
  }
  return curve;
});
