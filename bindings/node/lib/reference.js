// reference.js - references to arrays for other threads or processes: arena, name and generation, never the bytes.
//
// The receiver looks for an arena with the same file among those that it has. If there is none, it joins the arena
// by its name, or, if that has no name, through the sender's descriptor while the sender is alive.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { LinaError, wrongType } = require("./errors.js");

// WeakRefs to the arenas of this environment that a reference may mean.
const known = new Set();

function remember(arena) {
    for (const ref of known) if (ref.deref() === undefined) known.delete(ref);
    known.add(new WeakRef(arena));
    return arena;
}

function fileOf(descriptor) {
    const { dev, ino } = fs.fstatSync(descriptor, { bigint: true });
    return `${dev}:${ino}`;
}

// The place of the arena for a process with other descriptors and another working folder.
function nameElsewhere(where) {
    if (where.startsWith("fd:")) return "";
    return where.startsWith("file:") ? `file:${path.resolve(where.slice(5))}` : where;
}

function referenceTo(array) {
    const { arena } = array;
    if (array.isLoan)
        throw new LinaError("INVALID", `array "${array.name}": a loan has no name yet that others could use`);
    const fd = arena.fd();
    const { where, readOnly } = arena.info();
    return {
        lina: "array",
        name: array.name,
        generation: array.generation,
        incarnation: array.incarnation,
        where: nameElsewhere(where),
        readOnly,
        file: fileOf(fd),
        pid: process.pid,
        fd,
    };
}

// ---- the receiver -----------------------------------------------------------------------------------------------

// The result of `attempt`, or undefined if it fails because the arena is closed, gone or out of reach.
function unlessGone(attempt) {
    try {
        return attempt();
    } catch (error) {
        if (error instanceof LinaError || error.syscall !== undefined) return undefined;
        throw error;
    }
}

const isMeant = (arena, reference) => unlessGone(() => fileOf(arena.fd())) === reference.file;

function findKnown(reference) {
    for (const ref of known) {
        const arena = ref.deref();
        if (arena !== undefined && isMeant(arena, reference)) return arena;
    }
    return undefined;
}

function joinIfMeant(Arena, where, reference) {
    const arena = unlessGone(() => Arena.attach(where, { readOnly: reference.readOnly }));
    if (arena === undefined || isMeant(arena, reference)) return arena;
    arena.close();
    return undefined;
}

function joinByDescriptor(Arena, reference) {
    const flags = reference.readOnly ? fs.constants.O_RDONLY : fs.constants.O_RDWR;
    return unlessGone(() => {
        const fd = fs.openSync(`/proc/${reference.pid}/fd/${reference.fd}`, flags);
        try {
            return fileOf(fd) === reference.file ? joinIfMeant(Arena, `fd:${fd}`, reference) : undefined;
        } finally {
            fs.closeSync(fd);
        }
    });
}

function findArena(Arena, reference) {
    const found =
        findKnown(reference) ??
        (reference.where === "" ? undefined : joinIfMeant(Arena, reference.where, reference)) ??
        joinByDescriptor(Arena, reference);
    if (found !== undefined) return found;
    const what = reference.where === "" ? "the anonymous arena" : `the arena "${reference.where}"`;
    throw new LinaError("NOT_FOUND", `${what} of process ${reference.pid} is gone, or out of reach`);
}

const FIELDS = {
    name: "string",
    generation: "number",
    incarnation: "number",
    where: "string",
    readOnly: "boolean",
    file: "string",
    pid: "number",
    fd: "number",
};

function checkReference(reference) {
    if (typeof reference !== "object" || reference === null || reference.lina !== "array")
        throw wrongType("reference", reference, "what view.ref() gave");
    for (const [field, type] of Object.entries(FIELDS))
        if (typeof reference[field] !== type)
            throw wrongType(`reference.${field}`, reference[field], `a ${type}`);
}

// The array from which `reference` was made. STALE if it is no longer current.
function resolve(Arena, reference) {
    checkReference(reference);
    const array = findArena(Arena, reference).array(reference.name);
    if (array.generation === reference.generation && array.incarnation === reference.incarnation)
        return array;
    array.close();
    throw failureStale(reference);
}

function failureStale({ name, generation }) {
    return new LinaError("STALE", `array "${name}": generation ${generation} was replaced`);
}

module.exports = { referenceTo, remember, resolve };
