// descriptor.js - converts lina_desc_t to JavaScript objects.
"use strict";

const { AT, DESCRIPTOR_WORDS, bytes, signed, unsigned, words } = require("./native.js");
const { dtypeName } = require("./dtypes.js");

const LAYOUTS = ["C", "F", "strided"];

function nameAt(from, start) {
    const end = from.indexOf(0, start);
    return from.toString("utf8", start, Math.min(end < 0 ? start + 64 : end, start + 64));
}

function list(from, at, n, read) {
    const values = new Array(n);
    for (let i = 0; i < n; i++) values[i] = read(from, at + 2 * i);
    return values;
}

// Converts the descriptor in the 60 words that start at `base`.
function describe(from, fromBytes, base) {
    const ndim = from[base + AT.ndim];
    return {
        name: nameAt(fromBytes, 4 * base),
        dtype: dtypeName(from[base + AT.dtype]),
        shape: list(from, base + AT.shape, ndim, unsigned),
        strides: list(from, base + AT.strides, ndim, signed),
        layout: LAYOUTS[from[base + AT.layout]],
        offset: unsigned(from, base + AT.offset),
        nbytes: unsigned(from, base + AT.nbytes),
        capacityBytes: unsigned(from, base + AT.capacity),
        generation: from[base + AT.generation],
        flags: from[base + AT.flags],
    };
}

// The descriptor in the exchange.
const current = () => describe(words, bytes, 0);

// Converts `count` descriptors, one after the other.
function describeAll(buffer, count) {
    const from = new Uint32Array(buffer);
    const fromBytes = Buffer.from(buffer);
    return Array.from({ length: count }, (_, i) => describe(from, fromBytes, i * DESCRIPTOR_WORDS));
}

// The fields of the exchange that a view needs.
function layoutOfView() {
    const ndim = words[AT.ndim];
    return {
        dtype: words[AT.dtype],
        shape: list(words, AT.shape, ndim, unsigned),
        strides: list(words, AT.strides, ndim, signed),
        layout: LAYOUTS[words[AT.layout]],
        offset: unsigned(words, AT.offset),
        generation: words[AT.generation],
        incarnation: words[AT.incarnation],
        region: unsigned(words, AT.region),
        start: unsigned(words, AT.start),
        flags: words[AT.viewFlags],
        sequence: unsigned(words, AT.sequence),
    };
}

module.exports = { current, describeAll, layoutOfView };
