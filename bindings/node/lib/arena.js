// arena.js - the class Arena: an arena by handle, or the process's default arena. The module's functions are the
// methods of the default one.
"use strict";

const { OURS, native, putNumber, putShape, putStrides, requireOurs, takeNumber } = require("./native.js");
const { LinaError, closed, failure, invalid, wrongType, wrongValue } = require("./errors.js");
const check = require("./check.js");
const { dtypeNumber, kindOf } = require("./dtypes.js");
const descriptor = require("./descriptor.js");
const { DISPOSE, LinaArray, READ_ONLY, kindFor, viewOf } = require("./array.js");
const { Loan, publishOptions, withLoan } = require("./loan.js");
const reference = require("./reference.js");
const { copyIn, copyOut } = require("./copy.js");
const { WithSignals } = require("./signal-methods.js");
const { Follower, SyncFollower, produce } = require("./stream.js");

const FLAGS = { reserve: 1, inherit: 2, replace: 4, temporary: 8, existOk: 16, huge: 32 };
const LIMITS = ["maxArrays", "maxSignals", "maxMembers", "mode"];
const LONGEST_WHERE = 4095; // bytes: the add-on would cut what is longer

function checkWhere(where) {
    if (typeof where !== "string")
        throw wrongType("where", where, 'a string: "shm:NAME", "file:PATH" or "fd:N"');
    if (where.includes("\0")) throw wrongValue("where", where, "has a zero in it");
    if (Buffer.byteLength(where) > LONGEST_WHERE) throw wrongValue("where", where, "is too long");
    return where;
}

// Reads (bytes, where, options) or (bytes, options). Returns a handle of the add-on.
function createNative(bytes, where, options) {
    if (typeof where === "object" && where !== null) [where, options] = [undefined, where];
    const size = check.checkCount("bytes", bytes);
    const given = check.checkOptions("options", options, [...Object.keys(FLAGS), ...LIMITS]);
    let flags = 0;
    for (const [name, flag] of Object.entries(FLAGS))
        if (check.checkFlag(`options.${name}`, given[name])) flags |= flag;
    const limits = LIMITS.map((name) => checkLimit(`options.${name}`, given[name]));
    const at = where === undefined || where === null ? null : checkWhere(where);
    return unlessFailed(native.createArena(at, size, flags, ...limits));
}

function checkLimit(argument, value = 0) {
    const limit = check.checkCount(argument, value);
    if (limit > 0xffffffff) throw wrongValue(argument, value, "is above 2^32");
    return limit;
}

function attachNative(where, options) {
    const given = check.checkOptions("options", options, ["readOnly", "otherUser"]);
    const readOnly = check.checkFlag("options.readOnly", given.readOnly);
    const flags = (readOnly ? 1 : 0) | (check.checkFlag("options.otherUser", given.otherUser) ? 2 : 0);
    return unlessFailed(native.attachArena(checkWhere(where), flags));
}

function unlessFailed(handle) {
    if (typeof handle === "number") throw failure(handle);
    return handle;
}

// Checks the arguments of a function that creates an array: (name, dtype, shape, {order}).
function checkNew(name, dtype, shape, options, known) {
    check.checkName("array", name);
    const given = check.checkOptions(`array "${name}": options`, options, known);
    const number = dtypeNumber(`array "${name}": dtype`, dtype);
    const extents = check.checkShape(name, shape);
    return { number, extents, layout: check.checkOrder(name, given.order), given };
}

const LOOK_OPTIONS = ["unprotected"];

class Arena extends WithSignals {
    #closed = false;

    // Called by Arena.create, Arena.attach and Arena.default.
    constructor(key, handle) {
        requireOurs(key, "Arena: Arena.create or Arena.attach makes one");
        super();
        Object.defineProperty(this, "native", { value: handle });
    }

    static create(bytes, where, options) {
        return reference.remember(new Arena(OURS, createNative(bytes, where, options)));
    }

    static attach(where, options) {
        return reference.remember(new Arena(OURS, attachNative(where, options)));
    }

    // ---- life ---------------------------------------------------------------------------------------------------

    get closed() {
        return this.#closed;
    }

    close() {
        if (this.#closed) return;
        this.#closed = true;
        this.forgetSignals();
        native.closeArena(this.native);
    }

    // Opens it again, for DefaultArena.
    reopen() {
        this.#closed = false;
    }

    [DISPOSE]() {
        this.close();
    }

    noArena(about) {
        return closed(`${about}the arena was closed`);
    }

    check(code, what, name) {
        if (code < 0) throw failure(code, this, what, name);
        return code;
    }

    info() {
        const info = native.arenaInfo(this.native);
        if (typeof info === "number") throw failure(info, this);
        return info;
    }

    fd() {
        return this.check(native.arenaFd(this.native));
    }

    sync() {
        this.check(native.syncArena(this.native));
    }

    checkTables() {
        this.check(native.checkArena(this.native));
    }

    // ---- arrays -------------------------------------------------------------------------------------------------

    createArray(name, dtype, shape, options) {
        const { number, extents, layout, given } = checkNew(name, dtype, shape, options, [
            "order",
            "existOk",
        ]);
        const existOk = check.checkFlag(`array "${name}": options.existOk`, given.existOk);
        putShape(extents);
        const make = existOk ? native.ensureArray : native.createArray;
        this.check(make(this.native, name, number, extents.length, layout), "array", name);
        return this.#view(name, LinaArray);
    }

    // Makes an array NAME.FIELD for each field. If one cannot be made, none is.
    createRecords(name, fields, shape, options) {
        check.checkName("array", name);
        if (typeof fields !== "object" || fields === null)
            throw wrongType(`array "${name}": fields`, fields, "an object of dtypes by field");
        const given = check.checkOptions(`array "${name}": options`, options, ["existOk"]);
        const existOk = check.checkFlag(`array "${name}": options.existOk`, given.existOk);
        const made = [];
        const records = {};
        try {
            for (const [field, dtype] of Object.entries(fields))
                records[field] = this.#createField(`${name}.${field}`, dtype, shape, existOk, made);
        } catch (error) {
            if (!this.#closed) for (const full of made) this.remove(full);
            throw error;
        }
        return records;
    }

    #createField(name, dtype, shape, existOk, made) {
        try {
            const array = this.createArray(name, dtype, shape);
            made.push(name);
            return array;
        } catch (error) {
            if (!existOk || error.code !== "EXISTS") throw error;
            return this.createArray(name, dtype, shape, { existOk });
        }
    }

    republish(name, dtype, shape, options) {
        const { number, extents, layout } = checkNew(name, dtype, shape, options, ["order"]);
        putShape(extents);
        this.check(native.republish(this.native, name, number, extents.length, layout), "array", name);
    }

    // The ArrayBuffer of the current generation, and the array's layout in it.
    #acquire(name) {
        check.checkName("array", name);
        const buffer = native.acquire(this.native, name);
        if (typeof buffer === "number") throw failure(buffer, this, "array", name);
        return { buffer, layout: descriptor.layoutOfView() };
    }

    #view(name, Kind) {
        const { buffer, layout } = this.#acquire(name);
        return new Kind(OURS, this, name, buffer, layout);
    }

    array(name) {
        return this.#view(name, LinaArray);
    }

    // All its bytes, which must be contiguous. The caller may keep them for good.
    #plain(name, options) {
        check.checkName("array", name);
        // First: a getter of theirs may close the very view that was found.
        const { unprotected } = check.checkOptions(`array "${name}": options`, options, LOOK_OPTIONS);
        const isProtected = !check.checkFlag(`array "${name}": options.unprotected`, unprotected);
        const { buffer, layout } = this.#acquire(name);
        if (isProtected && (layout.flags & READ_ONLY) !== 0) throw readOnlyBytes(name);
        if (layout.layout === "strided") throw stridedBytes(name);
        native.pinRegion(layout.region, true);
        return { buffer, layout };
    }

    typedArray(name, options) {
        const { buffer, layout } = this.#plain(name, options);
        return viewOf(kindFor(name, layout), buffer);
    }

    buffer(name, options) {
        return new Uint8Array(this.#plain(name, options).buffer);
    }

    openDesc(name) {
        check.checkName("array", name);
        this.check(native.describe(this.native, name), "array", name);
        return descriptor.current();
    }

    list() {
        const all = native.list(this.native);
        if (typeof all === "number") throw failure(all, this);
        return descriptor.describeAll(all, takeNumber());
    }

    remove(name) {
        check.checkName("array", name);
        this.check(native.remove(this.native, name), "array", name);
    }

    reclaim(name) {
        check.checkName("array", name);
        this.check(native.reclaim(this.native, name), "array", name);
    }

    alias(name, base, options) {
        check.checkName("array", name);
        check.checkName("array", base);
        const given = check.checkOptions(`array "${name}": options`, options, [
            "offset",
            "shape",
            "strides",
            "dtype",
        ]);
        if (given.shape === undefined)
            throw wrongType(`array "${name}": options.shape`, undefined, "a shape");
        const shape = check.checkShape(name, given.shape);
        const offset = check.checkCount(`array "${name}": options.offset`, given.offset ?? 0);
        const strides =
            given.strides === undefined ? undefined : check.checkStrides(name, given.strides, shape.length);
        const number =
            given.dtype === undefined ? 0 : dtypeNumber(`array "${name}": options.dtype`, given.dtype);
        putShape(shape);
        putNumber(offset);
        if (strides !== undefined) putStrides(strides);
        const code = native.alias(this.native, name, base, shape.length, strides !== undefined, number);
        this.check(code, "array", name);
    }

    // (name, dtype, shape, body), or with options before the body. Without a body, returns the loan itself.
    loan(name, dtype, shape, options, body) {
        if (typeof options === "function" && body === undefined) [options, body] = [undefined, options];
        const { number, extents, layout, given } = checkNew(name, dtype, shape, options, [
            "order",
            "timeout",
            "signal",
        ]);
        const how = publishOptions(name, given);
        if (body !== undefined) check.checkFunction(`array "${name}": body`, body);
        if (kindOf(number) === undefined) kindFor(name, { dtype: number });
        putShape(extents);
        const buffer = native.loan(this.native, name, number, extents.length, layout);
        if (typeof buffer === "number") throw failure(buffer, this, "array", name);
        const loan = new Loan(OURS, this, name, buffer, descriptor.layoutOfView(), how);
        return body === undefined ? loan : withLoan(loan, body);
    }

    // ---- streams and members ------------------------------------------------------------------------------------

    stream(name, depth) {
        check.checkName("stream", name);
        if (typeof depth === "object" && depth !== null)
            depth = check.checkOptions(`stream "${name}": options`, depth, ["depth"]).depth;
        const count = depth === undefined ? 0 : check.checkCount(`stream "${name}": depth`, depth);
        if (count > 0xffffffff) throw wrongValue(`stream "${name}": depth`, count, "is above 2^32");
        this.check(native.openStream(this.native, name, count), "stream", name);
    }

    streamInfo(name) {
        check.checkName("stream", name);
        const info = native.streamInfo(this.native, name);
        if (typeof info === "number") throw failure(info, this, "stream", name);
        return info;
    }

    produce(name, body) {
        return produce(this, name, body);
    }

    follow(name, options) {
        return new Follower(OURS, this, check.checkName("stream", name), options);
    }

    followSync(name, options) {
        return new SyncFollower(OURS, this, check.checkName("stream", name), options);
    }

    setMemberName(name) {
        if (name !== null) check.checkName("member", name);
        this.check(native.setMemberName(this.native, name), "member", name ?? undefined);
    }

    members() {
        const members = native.members(this.native);
        if (typeof members === "number") throw failure(members, this);
        return members;
    }

    // ---- copies -------------------------------------------------------------------------------------------------

    read(name) {
        check.checkName("array", name);
        return copyOut(this, name);
    }

    write(name, values) {
        check.checkName("array", name);
        copyIn(this, name, values);
    }

    [Symbol.for("nodejs.util.inspect.custom")](depth, options) {
        if (this.#closed) return options.stylize("Arena closed", "special");
        try {
            const { where, size, arrays } = this.info();
            return `Arena ${where === "" ? "anonymous" : where}, ${size} bytes, ${arrays} arrays`;
        } catch (error) {
            return options.stylize(`Arena: ${error.message}`, "special");
        }
    }
}

function readOnlyBytes(name) {
    return new LinaError(
        "READ_ONLY",
        `array "${name}": its memory is read-only, and a store through a typed array would end the process. ` +
            `lina.array(name).get and lina.read(name) work; { unprotected: true } takes the risk`,
    );
}

function stridedBytes(name) {
    return invalid(
        `array "${name}": it is strided, and its elements are not one run of bytes; lina.array("${name}") shows it`,
    );
}

module.exports = { Arena, attachNative, checkWhere, createNative };
