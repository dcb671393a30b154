// show.js - shows an array's values: as nested lists, and in util.inspect.
"use strict";

const FIRST = 6; // values of each dimension that util.inspect shows
const MOST = 100; // values that it shows in all

// Nested arrays of all elements, or one element if there are no dimensions.
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

// The values to show of each dimension: fewer, if there are more dimensions.
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

// One line with the array's type and its first values. `data` is undefined if the array is closed.
function inspectArray(array, data, kind, options, inspect) {
    const shape = array.shape.join(" × ") || "one element";
    const head = `LinaArray ${inspect(array.name, options)} ${array.dtype} [${shape}] generation ${array.generation}`;
    if (data === undefined || (data.length === 0 && array.size !== 0))
        return `${head} ${options.stylize("closed", "special")}`;
    const values = marked(nest(array, data, kind, perDimension(array.ndim)), array, 0);
    return `${head} ${inspect(values, { ...options, depth: 8 })}`;
}

module.exports = { inspectArray, nest };
