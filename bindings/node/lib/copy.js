// copy.js - lina.read and lina.write, which copy elements.
"use strict";

const { OURS, native } = require("./native.js");
const { LinaError, failure, invalid, wrongType } = require("./errors.js");
const { kindNamed, kindOf } = require("./dtypes.js");
const descriptor = require("./descriptor.js");
const { LinaArray } = require("./array.js");

const dense = (shape, order, part) => {
    const strides = new Array(shape.length);
    let step = part;
    for (let k = 0; k < shape.length; k++) {
        const i = order === "F" ? k : shape.length - 1 - k;
        strides[i] = step;
        step *= shape[i];
    }
    return strides;
};

// Returns a LinaArray over a copy in JavaScript's own memory.
function copyOut(arena, name) {
    const buffer = native.copyOut(arena.native, name);
    if (typeof buffer === "number") throw failure(buffer, arena, "array", name);
    const layout = descriptor.layoutOfView();
    const size = kindOf(layout.dtype)?.itemSize ?? 1;
    layout.layout = layout.layout === "strided" ? "C" : layout.layout;
    layout.strides = dense(layout.shape, layout.layout, size);
    Object.assign(layout, { region: undefined, start: 0, offset: 0, flags: 0 });
    return new LinaArray(OURS, arena, name, buffer, layout);
}

const isLonger = (extent) => extent > 1;

// The bytes are copied as they lie, so a LinaArray must have the same shape and order.
function requireSameLayout(name, values, { shape, layout }) {
    if (values.shape.join() !== shape.join())
        throw invalid(`array "${name}": values have the shape [${values.shape}], and the array [${shape}]`);
    if (values.order === "strided" || (values.order !== layout && shape.filter(isLonger).length > 1))
        throw invalid(
            `array "${name}": values are in the order "${values.order}", and the array in "${layout}"`,
        );
}

function elementsOf(name, values) {
    if (values instanceof LinaArray) return values.data;
    if (ArrayBuffer.isView(values) && !(values instanceof DataView)) return values;
    throw wrongType(`array "${name}": values`, values, "a typed array");
}

// Copies values into the current generation, in its own order. Readers may see a part of them; lina.loan avoids that.
function copyIn(arena, name, values) {
    const elements = elementsOf(name, values);
    arena.check(native.describe(arena.native, name), "array", name);
    const found = descriptor.current();
    const { dtype, nbytes, layout } = found;
    if (layout === "strided")
        throw invalid(
            `array "${name}": it is strided; lina.write takes arrays whose elements are one run of bytes`,
        );
    if (values instanceof LinaArray) requireSameLayout(name, values, found);
    requireFit(name, elements, dtype, nbytes);
    const { buffer, byteOffset, byteLength } = elements;
    const source = buffer instanceof ArrayBuffer ? elements : elements.slice(); // copies shared memory first
    const code = native.copyIn(
        arena.native,
        name,
        source.buffer,
        source === elements ? byteOffset : 0,
        byteLength,
    );
    if (native.errorName(code) === "STALE")
        throw new LinaError("STALE", `array "${name}": it was replaced by one of another size`);
    if (native.errorName(code) === "READ_ONLY")
        throw new LinaError("READ_ONLY", `array "${name}": the arena is attached read-only`);
    arena.check(code, "array", name);
}

function requireFit(name, elements, dtype, nbytes) {
    const kind = kindNamed(dtype);
    if (!(elements instanceof Uint8Array) && kind !== undefined && !(elements instanceof kind.View))
        throw wrongType(`array "${name}": values`, elements, `a ${kind.View.name}, for ${dtype}`);
    if (elements.byteLength !== nbytes)
        throw invalid(`array "${name}": values have ${elements.byteLength} bytes, and the array ${nbytes}`);
}

module.exports = { copyIn, copyOut };
