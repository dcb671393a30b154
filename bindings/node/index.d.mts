// The same for `import`.
import * as lina from "./index.js";

export * from "./index.js";
export default lina;
