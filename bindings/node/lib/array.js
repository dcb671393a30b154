// array.js - LinaArray: the memory of an array, with a shape. It has the conventions of npm's `ndarray`: `data` is
// flat, and `strides` and `offset` count elements of `data`.
//
// JavaScript has no read-only typed arrays, and a store to read-only memory ends the process. So a read-only
// LinaArray reads single elements, and its `data` throws. A caller who wants a typed array must ask for it.
"use strict";

const { native, requireOurs } = require("./native.js");
const { closed, invalid, LinaError, wrongType, wrongValue } = require("./errors.js");
const { dtypeName, kindOf } = require("./dtypes.js");
const { inspectArray, nest } = require("./show.js");

const READ_ONLY = 1;
const kData = Symbol("data"); // the typed array, without a check that it may be used
const kRegion = Symbol("region");
const kEnd = Symbol("end");
const kGeneration = Symbol("generation");
const DISPOSE = Symbol.dispose ?? Symbol.for("Symbol.dispose");

// Converts strides in bytes to strides in elements of the typed array.
function stridesIn(name, layout, kind) {
    const size = kind.View.BYTES_PER_ELEMENT;
    const inner = (stride, i) => layout.shape[i] > 1 && stride % size !== 0;
    if ((layout.offset % size !== 0 && layout.shape.every(Boolean)) || layout.strides.some(inner))
        throw invalid(
            `array "${name}": its elements do not lie at multiples of ${size} bytes, as those of a typed array ` +
                "must; lina.read(name) copies them",
        );
    return layout.strides.map((stride) => Math.trunc(stride / size));
}

function kindFor(name, layout) {
    const kind = kindOf(layout.dtype);
    if (kind !== undefined) return kind;
    const number = `0x${layout.dtype.toString(16)}`;
    throw invalid(
        `array "${name}": its dtype ${number} has no typed array; lina.buffer("${name}") shows its bytes`,
    );
}

function viewOf(kind, buffer) {
    return new kind.View(buffer, 0, buffer.byteLength / kind.View.BYTES_PER_ELEMENT);
}

class LinaArray {
    #kind;
    #layout;
    #closed = false;

    // `buffer` and `layout` belong to the same generation.
    constructor(key, arena, name, buffer, layout) {
        requireOurs(key, "LinaArray: lina.array(name) makes them");
        this.#kind = kindFor(name, layout);
        this.#layout = layout;
        this.arena = arena;
        this.name = name;
        this.shape = Object.freeze(layout.shape);
        this.strides = Object.freeze(stridesIn(name, layout, this.#kind));
        this.offset = layout.start / this.#kind.View.BYTES_PER_ELEMENT;
        hide(this, "arena", arena);
        hide(this, kData, viewOf(this.#kind, buffer));
        if (layout.region !== undefined) native.pinRegion(layout.region, false);
    }

    get [kRegion]() {
        return this.#layout.region;
    }

    get dtype() {
        return dtypeName(this.#layout.dtype);
    }
    get order() {
        return this.#layout.layout;
    }
    get generation() {
        return this.#layout.generation;
    }
    set [kGeneration](generation) {
        this.#layout.generation = generation;
    }
    // The number of this generation among all that the name ever had. Unlike `generation`, it never wraps.
    get sequence() {
        return this.#layout.sequence;
    }
    // Differs between two arrays that had the same name, one after the other.
    get incarnation() {
        return this.#layout.incarnation;
    }
    get ndim() {
        return this.shape.length;
    }
    get size() {
        return this.shape.reduce((product, extent) => product * extent, 1);
    }
    // ndarray's name for the strides.
    get stride() {
        return this.strides;
    }
    get readOnly() {
        return (this.#layout.flags & READ_ONLY) !== 0;
    }
    get closed() {
        return this.#closed;
    }
    get isCurrent() {
        return !this.#closed && native.isCurrent(this.#layout.region);
    }

    get data() {
        if (this.readOnly)
            throw new LinaError(
                "READ_ONLY",
                `array "${this.name}": its memory is read-only, and a typed array over it would end the process at ` +
                    "the first store. get, toNested and lina.read work; lina.typedArray(name, { unprotected: true }) takes the risk",
            );
        return this.#open();
    }

    #open() {
        const data = this[kData];
        if (this.#closed) throw closed(`array "${this.name}": ${this.endedBecause()}`);
        if (data.buffer.byteLength === 0 && data.buffer.detached !== false && this.size !== 0)
            throw closed(`array "${this.name}": its ArrayBuffer was detached`);
        return data;
    }

    endedBecause() {
        return "it was closed";
    }

    // The index of element (i, j, ...) in `data`. Only the first `given` entries of `indices` are indices.
    #at(indices, given) {
        const { shape, strides } = this;
        if (given !== shape.length)
            throw invalid(`array "${this.name}": ${given} indices for ${shape.length} dimensions`);
        let at = this.offset;
        for (let i = 0; i < given; i++) {
            const index = indices[i];
            // isInteger comes first: a comparison would call an object's own conversion, such as valueOf.
            if (!Number.isInteger(index) || !(index >= 0 && index < shape[i])) throw this.#badIndex(i, index);
            at += index * strides[i];
        }
        return at;
    }

    #badIndex(i, index) {
        const argument = `array "${this.name}": index ${i}`;
        if (typeof index !== "number") return wrongType(argument, index, "a number");
        if (!Number.isInteger(index)) return wrongValue(argument, index, "is not a whole number");
        return wrongValue(argument, index, `is outside of 0 to ${this.shape[i] - 1}`);
    }

    get(...indices) {
        const at = this.#at(indices, indices.length);
        return this.#kind.load(this.#open(), at);
    }

    set(...indicesAndValue) {
        const given = indicesAndValue.length - 1;
        if (given < 0) throw invalid(`array "${this.name}": set needs indices and a value`);
        const at = this.#at(indicesAndValue, given);
        this.#kind.store(this.data, at, indicesAndValue[given], `array "${this.name}": value`);
    }

    toNested() {
        return nest(this, this.#open(), this.#kind);
    }

    // A small object for another thread or process, which opens the array by lina.from.
    ref() {
        this.#open();
        return require("./reference.js").referenceTo(this);
    }

    close() {
        this[kEnd](() => native.closeRegion(this.#layout.region));
    }

    // Closes the array, and gives the hold back by `how`. A second call does nothing.
    [kEnd](how) {
        if (this.#closed) return;
        this.#closed = true;
        if (this.#layout.region !== undefined) how();
    }

    [DISPOSE]() {
        this.close();
    }

    [Symbol.for("nodejs.util.inspect.custom")](depth, options, inspect) {
        const data = this.#closed ? undefined : this[kData];
        return inspectArray(this, data, this.#kind, options, inspect);
    }
}

// Defines a property that is not enumerable and cannot be changed.
function hide(object, key, value) {
    Object.defineProperty(object, key, { value, enumerable: false });
}

module.exports = { DISPOSE, LinaArray, READ_ONLY, kData, kEnd, kGeneration, kRegion, kindFor, viewOf };
