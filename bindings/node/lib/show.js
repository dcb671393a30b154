// show.js - an array's values as nested lists, whole or in part.
"use strict";

const FIRST = 6; // values that a line of util.inspect shows of each dimension
const MOST = 100; // and in all

// Nested arrays of all elements; one element where there are no dimensions.
function nest(array, data, kind, most = Infinity) {
    const { shape, strides } = array;
    const part = (dim, at) => {
        if (dim === shape.length) return kind.load(data, at);
        const n = Math.min(shape[dim], most);
        const list = new Array(n);
        for (let i = 0; i < n; i++) list[i] = part(dim + 1, at + i * strides[dim]);
        return list;
    };
    return part(0, array.offset);
}

// Fewer of each dimension, the more dimensions there are.
function perDimension(ndim) {
    return Math.max(1, Math.min(FIRST, Math.floor(MOST ** (1 / Math.max(1, ndim)))));
}

function marked(value, array, dim) {
    if (dim === array.shape.length) return value;
    const list = value.map((inner) => marked(inner, array, dim + 1));
    const more = array.shape[dim] - list.length;
    if (more > 0) list.push(new More(more));
    return list;
}

class More {
    constructor(count) {
        this.count = count;
    }
    [Symbol.for("nodejs.util.inspect.custom")](depth, options) {
        return options.stylize(`… ${this.count} more`, "special");
    }
}

// One line: what it is and its first values. `data` is undefined once it is closed.
function inspectArray(array, data, kind, options, inspect) {
    const shape = array.shape.join(" × ") || "one element";
    const head = `LinaArray ${inspect(array.name, options)} ${array.dtype} [${shape}] generation ${array.generation}`;
    if (data === undefined || (data.length === 0 && array.size !== 0))
        return `${head} ${options.stylize("closed", "special")}`;
    const values = marked(nest(array, data, kind, perDimension(array.ndim)), array, 0);
    return `${head} ${inspect(values, { ...options, depth: 8 })}`;
}

module.exports = { inspectArray, nest };
