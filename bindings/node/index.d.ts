// Lina for Node.js: named arrays in shared memory.

/// <reference types="node" />

declare global {
    // TypeScript's own library declares it from ES2025 on. This makes the name known before that.
    interface Float16Array {}
}

/** The name of an element type. `i8` has 8 bits. */
export type DType =
    | "u8"
    | "i64"
    | "f64"
    | "bool"
    | "i8"
    | "i16"
    | "i32"
    | "u16"
    | "u32"
    | "u64"
    | "f16"
    | "bf16"
    | "f32"
    | "c64"
    | "c128";

interface Views {
    u8: Uint8Array<ArrayBuffer>;
    i64: BigInt64Array<ArrayBuffer>;
    f64: Float64Array<ArrayBuffer>;
    /** One byte for each element. Any value but 0 is true. */
    bool: Uint8Array<ArrayBuffer>;
    i8: Int8Array<ArrayBuffer>;
    i16: Int16Array<ArrayBuffer>;
    i32: Int32Array<ArrayBuffer>;
    u16: Uint16Array<ArrayBuffer>;
    u32: Uint32Array<ArrayBuffer>;
    u64: BigUint64Array<ArrayBuffer>;
    /** The bits, if the runtime has no Float16Array: see `fromBits`. */
    f16: Float16Array | Uint16Array<ArrayBuffer>;
    /** The bits: see `fromBits`. */
    bf16: Uint16Array<ArrayBuffer>;
    f32: Float32Array<ArrayBuffer>;
    /** Real, imaginary, real, imaginary, … */
    c64: Float32Array<ArrayBuffer>;
    c128: Float64Array<ArrayBuffer>;
}

/** The typed array over elements of a dtype. */
export type ViewOf<D extends DType> = Views[D];

interface Elements {
    i64: bigint;
    u64: bigint;
    bool: boolean;
    c64: [real: number, imaginary: number];
    c128: [real: number, imaginary: number];
}

/** The type that `get` returns for a dtype. */
export type ElementOf<D extends DType> = D extends keyof Elements ? Elements[D] : number;

interface Stores {
    i64: bigint | number;
    u64: bigint | number;
    bool: boolean | 0 | 1;
    c64: readonly [real: number, imaginary: number] | number;
    c128: readonly [real: number, imaginary: number] | number;
}

/** The type that `set` takes for a dtype. */
export type StorableOf<D extends DType> = D extends keyof Stores ? Stores[D] : number;

/** All elements as nested lists; a single element if there are no dimensions. */
export type Nested<D extends DType> = ElementOf<D> | Nested<D>[];

/** A class of typed arrays. As an argument, it means its own dtype. */
export type ViewConstructor =
    | Uint8ArrayConstructor
    | Uint8ClampedArrayConstructor
    | BigInt64ArrayConstructor
    | Float64ArrayConstructor
    | Int8ArrayConstructor
    | Int16ArrayConstructor
    | Int32ArrayConstructor
    | Uint16ArrayConstructor
    | Uint32ArrayConstructor
    | BigUint64ArrayConstructor
    | Float32ArrayConstructor;

/** A dtype as an argument: its name, the class of its typed array, or the 32 bits of DLPack. */
export type DTypeLike = DType | ViewConstructor | number;

type DTypeOfView<V> = V extends { readonly [Symbol.toStringTag]: infer Tag }
    ? Tag extends keyof Tags
        ? Tags[Tag]
        : DType
    : DType;

interface Tags {
    Uint8Array: "u8";
    Uint8ClampedArray: "u8";
    BigInt64Array: "i64";
    Float64Array: "f64";
    Int8Array: "i8";
    Int16Array: "i16";
    Int32Array: "i32";
    Uint16Array: "u16";
    Uint32Array: "u32";
    BigUint64Array: "u64";
    Float32Array: "f32";
}

/** The dtype that an argument means. */
export type DTypeOf<T extends DTypeLike> = T extends DType
    ? T
    : T extends { readonly prototype: infer View }
      ? DTypeOfView<View>
      : DType;

/** The extents, or one number for one dimension. */
export type Shape = number | readonly number[];

/** "C": the last index varies fastest in memory, as in NumPy. "F": the first one does, as in Julia. */
export type Order = "C" | "F";

export interface NewOptions {
    /** The default is "C". */
    order?: Order | undefined;
}

export interface CreateOptions extends NewOptions {
    /** If the array exists, opens it. Its dtype, shape and order must be the same. */
    existOk?: boolean | undefined;
}

/** For a loan in a stream: publishing waits for readers that are behind. */
export interface PublishOptions {
    /** Seconds; the default is to wait for ever. Then TIMEOUT is thrown (BEHIND for 0), and the loan is still a loan. */
    timeout?: number | null | undefined;
    /** Ends the wait of an asynchronous loan with the signal's reason. */
    signal?: AbortSignal | undefined;
}

export interface LoanOptions extends NewOptions, PublishOptions {}

export interface FollowSyncOptions {
    /** The first generation to take: the next one published, the newest, the oldest that is kept, or a sequence. */
    start?: "next" | "latest" | "oldest" | number | bigint | undefined;
    /** Producers do not wait for this reader. It may miss generations; `lost` tells how many. */
    lossy?: boolean | undefined;
    /** Seconds to wait for each generation; the default is for ever. After a TIMEOUT, the reader can go on. */
    timeout?: number | null | undefined;
    /** The most views that it may hold at once. The default is the stream's depth. */
    maxHeld?: number | undefined;
    /** If the last producer died, waits for the next one. */
    revive?: boolean | undefined;
}

export interface FollowOptions extends FollowSyncOptions {
    /** Ends the loop with the signal's reason, and closes the reader. */
    signal?: AbortSignal | undefined;
    /** If false, the reader does not keep the process alive. */
    ref?: boolean | undefined;
}

export interface StreamInfo {
    name: string;
    depth: number;
    /** The number of generations that are kept, including the newest. */
    kept: number;
    /** The sequence of the newest generation; 0 if there is none. */
    sequence: number;
    /** The number of readers that are not lossy. */
    readers: number;
    producers: number;
    /** The number of generations that the slowest reader has still to take. */
    unread: number;
    state: "new" | "produced" | "ended" | "died";
}

export interface Member {
    /** "" if the member has no name. */
    name: string;
    member: number;
    /** 0 if it is not known. */
    pid: number;
    incarnation: bigint;
    /** When it joined, in seconds since 1970. */
    since: number;
    self: boolean;
}

export interface AliasOptions {
    /** Bytes from the first element of the base. The default is 0. */
    offset?: number | undefined;
    shape: Shape;
    /** Bytes from one element to the next. They may be negative or zero. The default is C order. */
    strides?: number | readonly number[] | undefined;
    /** Reads the bytes as another dtype, such as one field of records. */
    dtype?: DTypeLike | undefined;
}

export interface LookOptions {
    /** Allows a view of read-only memory. A store through it ends the process. */
    unprotected?: boolean | undefined;
}

export interface WaitOptions {
    /** Seconds; the default is to wait for ever. With zero or less, the call only looks. */
    timeout?: number | null | undefined;
    /** Ends the wait with the signal's reason. */
    signal?: AbortSignal | undefined;
    /** If false, the wait does not keep the process alive. */
    ref?: boolean | undefined;
    /** The wait ends with DIED when the member of this name is gone. */
    member?: string | null | undefined;
}

/** Seconds; the default is to wait for ever. */
export type Timeout =
    number | null | undefined | { timeout?: number | null | undefined; member?: string | null | undefined };

/** The name of a signal, or a name and the value that the counter must reach. */
export type Awaited = string | readonly [name: string, target: number | bigint];

export interface ArenaOptions {
    /** Reserves all memory now, so that a full machine gives an error here and not later. */
    reserve?: boolean | undefined;
    /** The file descriptor stays open over exec. */
    inherit?: boolean | undefined;
    /** First removes an arena of the same name that has no living member. */
    replace?: boolean | undefined;
    /** The last member that closes the arena removes its name. */
    temporary?: boolean | undefined;
    /** If an arena of this name exists, joins it. It must be large enough. */
    existOk?: boolean | undefined;
    /** Takes the memory of an anonymous arena from the system's pool of huge pages. */
    huge?: boolean | undefined;
    maxArrays?: number | undefined;
    maxSignals?: number | undefined;
    maxMembers?: number | undefined;
    /** Who may join a named arena: 0o600 (this user, the default), 0o660 or 0o666. */
    mode?: number | undefined;
}

export interface AttachOptions {
    readOnly?: boolean | undefined;
    /** Also joins a named arena of another user. That user can end this process by truncating the file. */
    otherUser?: boolean | undefined;
}

export interface Descriptor {
    name: string;
    /** A number if Lina has no name for the dtype: the 32 bits of DLPack. */
    dtype: DType | number;
    shape: number[];
    /** In bytes. */
    strides: number[];
    layout: Order | "strided";
    offset: number;
    nbytes: number;
    capacityBytes: number;
    generation: number;
    flags: number;
}

export interface ArenaInfo {
    size: number;
    usedBytes: number;
    residentBytes: number;
    arrays: number;
    /** The number of generations that are no longer current, but still held. */
    held: number;
    /** The number of loans that are not yet published. */
    loans: number;
    signals: number;
    members: number;
    maxArrays: number;
    maxSignals: number;
    maxMembers: number;
    member: number;
    readOnly: boolean;
    orphan: boolean;
    where: string;
}

/** A small object by which another thread or process opens the same array. */
export interface ArrayReference {
    readonly lina: "array";
    readonly name: string;
    readonly generation: number;
    readonly incarnation: number;
    readonly where: string;
    readonly readOnly: boolean;
    readonly file: string;
    readonly pid: number;
    readonly fd: number;
}

export type ErrorCode =
    | "INVALID"
    | "NOT_FOUND"
    | "EXISTS"
    | "NO_MEMORY"
    | "FULL"
    | "STALE"
    | "TIMEOUT"
    | "NOT_READY"
    | "CLOSED"
    | "VERSION"
    | "CORRUPT"
    | "PERMISSION"
    | "READ_ONLY"
    | "BUSY"
    | "INTERRUPTED"
    | "SYSTEM"
    | "ENDED"
    | "DIED"
    | "BEHIND"
    | "EXTERNAL";

/** Every error of Lina. For bad arguments, it is also a TypeError or a RangeError. */
export class LinaError extends Error {
    constructor(code: ErrorCode, message: string, options?: ErrorOptions);
    readonly code: ErrorCode;
    /** The loan that could not be published. It is still a loan. */
    readonly loan?: Loan<DType>;
}

interface Closeable {
    /** Ends the object and gives back what it holds. A second call does nothing. */
    close(): void;
    [Symbol.dispose](): void;
}

/** One generation of an array: flat data with a shape, as in npm's `ndarray`. */
export interface LinaArray<D extends DType = DType> extends Closeable {
    readonly arena: Arena;
    readonly name: string;
    readonly dtype: D;
    readonly shape: readonly number[];
    /** For each dimension, the distance between neighbours, in elements of `data`. */
    readonly strides: readonly number[];
    readonly stride: readonly number[];
    /** The index of element (0, 0, …) in `data`. */
    readonly offset: number;
    readonly ndim: number;
    readonly size: number;
    readonly order: Order | "strided";
    readonly generation: number;
    /** The number of this generation among all that the name ever had. */
    readonly sequence: number;
    readonly incarnation: number;
    readonly readOnly: boolean;
    readonly closed: boolean;
    /** False after another generation was published, or the array was removed. */
    readonly isCurrent: boolean;
    /** A typed array over the arena's own memory. `close` detaches it. */
    readonly data: ViewOf<D>;
    get(...indices: number[]): ElementOf<D>;
    set(...indicesAndValue: [...indices: number[], value: StorableOf<D>]): void;
    toNested(): Nested<D>;
    ref(): ArrayReference;
}

export const LinaArray: { readonly prototype: LinaArray };

/** The next generation of an array. Others see it only after it is published. */
export interface Loan<D extends DType = DType> extends LinaArray<D> {
    readonly isLoan: boolean;
    /** Keeps the view valid after publishing. */
    keep(): this;
    /** Publishes. Blocks this thread while a stream has no room. */
    publish(options?: { timeout?: number | null | undefined }): void;
    /** Publishes, and resolves when that is done. The event loop runs while a stream has no room. */
    publishAsync(options?: PublishOptions): Promise<void>;
    discard(): void;
}

/** A generation that a reader took. */
export interface Taken<D extends DType = DType> extends LinaArray<D> {
    /** Keeps the view valid when its reader moves on. */
    keep(): this;
}

interface Reader extends Closeable {
    readonly name: string;
    readonly closed: boolean;
    /** How many generations the reader has missed. */
    readonly lost: number;
    /** The sequence of the generation that was taken last. */
    readonly sequence: number;
}

/** Takes each generation of a stream once, in order. */
export interface Follower<D extends DType = DType> extends Reader, AsyncIterableIterator<Taken<D>> {
    next(): Promise<IteratorResult<Taken<D>, undefined>>;
    return(value?: unknown): Promise<IteratorResult<Taken<D>>>;
    [Symbol.asyncIterator](): this;
    [Symbol.asyncDispose](): Promise<void>;
}

/** The same, but `next` blocks the thread. */
export interface SyncFollower<D extends DType = DType> extends Reader, IterableIterator<Taken<D>> {
    next(): IteratorResult<Taken<D>, undefined>;
    return(value?: unknown): IteratorResult<Taken<D>>;
    [Symbol.iterator](): this;
}

/** A producer of a stream, until it is closed. */
export interface Producer extends Closeable {
    readonly name: string;
    readonly closed: boolean;
}

export const Loan: { readonly prototype: Loan };

/** A signal by handle. */
export interface Signal {
    readonly name: string;
    signal(): void;
    tryWait(): boolean;
    clear(): void;
    /** The counter, or undefined if it is above 2^53. */
    value(): number | undefined;
    valueBigInt(): bigint;
}

export const Signal: { readonly prototype: Signal };

/** The methods of every arena. The module has the same functions, for the process's default arena. */
export interface Methods {
    /** Makes an array of zeroes. */
    createArray<T extends DTypeLike>(
        name: string,
        dtype: T,
        shape: Shape,
        options?: CreateOptions,
    ): LinaArray<DTypeOf<T>>;
    /** Makes an array NAME.FIELD for each field. If one cannot be made, none is. */
    createRecords<F extends Readonly<Record<string, DTypeLike>>>(
        name: string,
        fields: F,
        shape: Shape,
        options?: { existOk?: boolean | undefined },
    ): { [K in keyof F]: LinaArray<DTypeOf<F[K]>> };
    /** Publishes a new generation of zeroes. */
    republish(name: string, dtype: DTypeLike, shape: Shape, options?: NewOptions): void;
    /** Opens the current generation. */
    array<D extends DType = DType>(name: string): LinaArray<D>;
    /** Opens the current generation as a flat typed array, which keeps it in place. */
    typedArray<D extends DType>(name: string, options?: LookOptions): ViewOf<D>;
    /** Opens the bytes of the current generation. */
    buffer(name: string, options?: LookOptions): Uint8Array<ArrayBuffer>;
    openDesc(name: string): Descriptor;
    list(): Descriptor[];
    /** Removes the name. Views stay valid. */
    remove(name: string): void;
    /** Promises that nobody has raw pointers to old generations of the name any more. */
    reclaim(name: string): void;
    /** Gives a part of an array a name of its own. */
    alias(name: string, base: string, options: AliasOptions): void;
    /** Publishes if `body`, or its promise, succeeds, and discards otherwise. Returns what `body` returned. */
    loan<T extends DTypeLike, R>(
        name: string,
        dtype: T,
        shape: Shape,
        body: (loan: Loan<DTypeOf<T>>) => R,
    ): R;
    loan<T extends DTypeLike, R>(
        name: string,
        dtype: T,
        shape: Shape,
        options: LoanOptions | undefined,
        body: (loan: Loan<DTypeOf<T>>) => R,
    ): R;
    loan<T extends DTypeLike>(name: string, dtype: T, shape: Shape, options?: LoanOptions): Loan<DTypeOf<T>>;
    /** Makes the name a stream that keeps its last `depth` generations. Without a depth, it must be a stream already. */
    stream(name: string, depth?: number | { depth?: number | undefined }): void;
    streamInfo(name: string): StreamInfo;
    /** This member is a producer while `body`, or its promise, runs; without a body, until the producer is closed. */
    produce<R>(name: string, body: () => R): R;
    produce(name: string): Producer;
    /** Reads a stream by `for await`. The reader opens in this call. Each view ends when the next one is taken. */
    follow<D extends DType = DType>(name: string, options?: FollowOptions): Follower<D>;
    /** Reads a stream by `for`, which blocks this thread. */
    followSync<D extends DType = DType>(name: string, options?: FollowSyncOptions): SyncFollower<D>;
    /** Gives this member of the arena a name; null removes it. */
    setMemberName(name: string | null): void;
    /** Lists the living members. */
    members(): Member[];
    /** Copies the current generation. */
    read<D extends DType = DType>(name: string): LinaArray<D>;
    /** Copies into the current generation, byte by byte: a LinaArray must have the same shape and order. */
    write(name: string, values: NodeJS.TypedArray | LinaArray): void;

    /** Adds one to the counter, or `n`, and wakes the waiters. */
    signal(name: string, n?: number | bigint): void;
    /** Removes the signal. Waits for it end with NOT_FOUND, and the name is free again. */
    removeSignal(name: string): void;
    /** Unsets the signal. The counter keeps its value. */
    clear(name: string): void;
    /** Returns true if the signal is set. */
    tryWait(name: string): boolean;
    /** Returns the counter. */
    value(name: string, options?: { bigint?: false | undefined }): number;
    value(name: string, options: { bigint: true }): bigint;
    openSignal(name: string): Signal;
    /** Resolves when the signal is set. */
    wait(name: string, options?: WaitOptions): Promise<void>;
    /** Resolves when the counter is at least `target`. */
    waitValue(name: string, target: number | bigint, options?: WaitOptions): Promise<void>;
    /** Resolves with the name of the signal that came first; if several came, of the first in the list. */
    waitAny(waits: readonly Awaited[], options?: WaitOptions): Promise<string>;
    /** Blocks this thread until the signal is set. */
    waitSync(name: string, timeout?: Timeout): void;
    waitAnySync(waits: readonly Awaited[], timeout?: Timeout): string;
    waitValueSync(name: string, target: number | bigint, timeout?: Timeout): void;

    info(): ArenaInfo;
    /** Returns the file descriptor by which other processes can attach ("fd:N"). */
    fd(): number;
    /** Checks the arena's tables, and throws if they are not consistent. */
    checkTables(): void;
    /** Writes a "file:" arena to the disk, and returns when that is done. */
    sync(): void;
}

/** An arena by handle. */
export interface Arena extends Methods, Closeable {
    readonly closed: boolean;
}

export const Arena: {
    readonly prototype: Arena;
    /** Makes an arena: anonymous, or "shm:NAME", or "file:PATH". */
    create(bytes: number, where?: string | null, options?: ArenaOptions): Arena;
    create(bytes: number, options: ArenaOptions): Arena;
    /** Joins "shm:NAME", "file:PATH" or "fd:N". */
    attach(where: string, options?: AttachOptions): Arena;
};

/** Makes the process's default arena. */
export function initArena(bytes: number, where?: string | null, options?: ArenaOptions): void;
export function initArena(bytes: number, options: ArenaOptions): void;
/** Joins an arena, which becomes the process's default arena. */
export function attach(where: string, options?: AttachOptions): void;
/** Leaves the default arena. Views stay valid. */
export function shutdown(): void;
export const defaultArena: Arena;

export const createArray: Methods["createArray"];
export const createRecords: Methods["createRecords"];
export const republish: Methods["republish"];
export const array: Methods["array"];
export const typedArray: Methods["typedArray"];
export const buffer: Methods["buffer"];
export const openDesc: Methods["openDesc"];
export const list: Methods["list"];
export const remove: Methods["remove"];
export const reclaim: Methods["reclaim"];
export const alias: Methods["alias"];
export const loan: Methods["loan"];
export const stream: Methods["stream"];
export const streamInfo: Methods["streamInfo"];
export const produce: Methods["produce"];
export const follow: Methods["follow"];
export const followSync: Methods["followSync"];
export const setMemberName: Methods["setMemberName"];
export const members: Methods["members"];
export const read: Methods["read"];
export const write: Methods["write"];
export const signal: Methods["signal"];
export const removeSignal: Methods["removeSignal"];
export const clear: Methods["clear"];
export const tryWait: Methods["tryWait"];
export const value: Methods["value"];
export const openSignal: Methods["openSignal"];
export const wait: Methods["wait"];
export const waitValue: Methods["waitValue"];
export const waitAny: Methods["waitAny"];
export const waitAnySync: Methods["waitAnySync"];
export const waitSync: Methods["waitSync"];
export const waitValueSync: Methods["waitValueSync"];
export const info: Methods["info"];
export const fd: Methods["fd"];
export const checkTables: Methods["checkTables"];
export const sync: Methods["sync"];

/** Opens the array from which a reference was made. */
export function from<D extends DType = DType>(reference: ArrayReference): LinaArray<D>;
/** Returns the numbers of a named arena, without joining it. */
export function inspect(where: string): ArenaInfo;
/** Removes the name of a named arena. */
export function unlink(where: string): void;
/** Converts the 16 bits of an element to a number. */
export function fromBits(dtype: "f16" | "bf16", bits: number): number;
/** Converts a number to the 16 bits of an element. */
export function toBits(dtype: "f16" | "bf16", value: number): number;
/** The version of liblina_core. */
export const version: string;
/** The path of liblina_core. */
export const library: string;
