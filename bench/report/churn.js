"use strict";

const { median } = require("./csv");
const { ratio, short, table, whole } = require("./format");

const span = 10; // rounds

// Retention starts after ten rounds; from then on, times and sizes should stay constant.
const early = (rows) => rows.slice(span, 2 * span);
const late = (rows) => rows.slice(-span);

exports.section = (rows) => {
  const [then, now] = [early(rows), late(rows)];
  const between = (some) => `rounds ${some[0].round + 1} to ${some[some.length - 1].round + 1}`;
  const line = (name, column, show) => {
    const [a, b] = [then, now].map((some) => median(some.map((row) => row[column])));
    return [name, show(a), show(b), ratio(b, a)];
  };
  const messages = rows[0].rows; // of the first round
  return `### A day of churn

${rows.length} rounds of ${whole(messages)} messages: posted in bulk, promoted in one pass, deleted ten rounds later by the statements of
retention. Medians.

${table(["", between(then), between(now), "ratio"], [
    line("a pass, s", "pass_s", short),
    line("posting, s", "post_s", short),
    line("retention, s", "retain_s", short),
    line("`message_queue`, rows", "rows", whole),
    line("`message_queue`, MiB", "queue_mib", short),
    line("its indexes, MiB", "queue_indexes_mib", short),
    line("`agent_actions_log` with indexes, MiB", "log_mib", short),
    line("`user_message_budget` with indexes, MiB", "budgets_mib", short),
  ])}

\`messages\` is the record of the conversations; nothing is deleted from it.

![Pass time and table sizes over the rounds](performance/churn.svg)`;
};

exports.targets = () => [];
