// Apache Arrow's JavaScript over a Lina array, without a copy:   node examples/arrow.js
"use strict";

const { Float64, Table, Vector, makeData } = require("apache-arrow");
const lina = require("..");

lina.initArena(1 << 20);
const x = lina.createArray("x", "f64", 1000);
x.data.forEach((_, i) => (x.data[i] = i / 2));

const column = new Vector([makeData({ type: new Float64(), data: x.data })]);
const table = new Table({ x: column });

x.set(999, -1); // seen through the table: it is the same memory
console.log(
    table.numRows,
    table.get(3).x,
    table.getChild("x").get(999),
    column.toArray().buffer === x.data.buffer,
);
