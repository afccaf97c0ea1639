"use strict";

const fs = require("fs");
const path = require("path");

const numberOrText = (value) => (value && Number.isFinite(Number(value)) ? Number(value) : value);

// The rows of a results file as objects of texts; empty if that part was not measured.
exports.readText = (directory, name) => {
  const file = path.join(directory, `${name}.csv`);
  if (!fs.existsSync(file)) return [];
  const [header, ...lines] = fs.readFileSync(file, "utf8").trim().split("\n");
  const columns = header.split(",");
  return lines.map((line) => {
    const values = line.split(",");
    return Object.fromEntries(columns.map((column, i) => [column, values[i]]));
  });
};

// The same, numbers as numbers.
exports.read = (directory, name) => exports.readText(directory, name)
  .map((row) => Object.fromEntries(Object.entries(row).map(([column, value]) => [column, numberOrText(value)])));

exports.write = (directory, name, columns, rows) => {
  fs.mkdirSync(directory, { recursive: true });
  const lines = rows.map((row) => columns.map((column) => row[column] ?? "").join(","));
  fs.writeFileSync(path.join(directory, `${name}.csv`), `${[columns.join(","), ...lines].join("\n")}\n`);
};

exports.median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

// The median of a column over the rows that match `where`; undefined if there are none.
exports.medianOf = (rows, where, column) => {
  const values = rows
    .filter((row) => Object.entries(where).every(([name, value]) => row[name] === value))
    .map((row) => (typeof column === "function" ? column(row) : row[column]));
  return values.length ? exports.median(values) : undefined;
};

exports.distinct = (rows, column) => [...new Set(rows.map((row) => row[column]))];
