"use strict";

const { distinct, medianOf } = require("./csv");
const { ratio, table, whole } = require("./format");

exports.section = (rows) => {
  const counts = distinct(rows, "shards");
  const line = (name, column) => {
    const figures = counts.map((shards) => medianOf(rows, { shards }, column));
    return [name, ...figures.map((figure) => `${whole(figure)}/s`), ratio(figures[1], figures[0])];
  };
  return `### Logical shards

${table(["`LOGICAL_SHARDS`", ...counts, "ratio"], [
    line("posts by 32 clients", "posts_per_second"),
    line("promotions, one instance", "promotions_per_second"),
  ])}`;
};

exports.targets = () => [];
