// The packages are where script/setup has put them: NODE_PATH leads there.
const js = require("@eslint/js");

const globals = Object.fromEntries(
    [
        "AbortController",
        "AbortSignal",
        "Atomics",
        "Buffer",
        "Float16Array",
        "SharedArrayBuffer",
        "WeakRef",
        "clearInterval",
        "clearTimeout",
        "console",
        "performance",
        "process",
        "queueMicrotask",
        "setImmediate",
        "setInterval",
        "setTimeout",
        "structuredClone",
    ].map((name) => [name, "readonly"]),
);
const commonjs = { require: "readonly", module: "writable", __dirname: "readonly" };

module.exports = [
    js.configs.recommended,
    {
        files: ["**/*.js", "**/*.cjs"],
        languageOptions: { sourceType: "commonjs", ecmaVersion: 2022, globals: { ...globals, ...commonjs } },
        rules: {
            eqeqeq: "error",
            "max-lines": ["error", 420],
            "max-lines-per-function": ["error", { max: 45, IIFEs: true }],
            "no-shadow": "error",
            "no-var": "error",
            "prefer-const": "error",
            "no-control-regex": "off",
        },
    },
    { files: ["test/**", "bench/**"], rules: { "max-lines-per-function": "off" } },
];
