// Lets Node's modules take the `URL` that the Worker's types declare. Scripts run on Node and import from `src/`, so
// both sets of types are loaded, and they differ in one thing: in Node these iterators can be disposed of.

type NodeSearchParams = import("node:url").URLSearchParams;

interface URLSearchParams {
  entries(): ReturnType<NodeSearchParams["entries"]>;
  keys(): ReturnType<NodeSearchParams["keys"]>;
  values(): ReturnType<NodeSearchParams["values"]>;
  [Symbol.iterator](): ReturnType<NodeSearchParams["entries"]>;
}
