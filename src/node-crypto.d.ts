/** What is used of Node's crypto module, which the runtime has (`nodejs_compat`) and its types lack. */
declare module "node:crypto" {
  /** RFC 7914. `maxmem` is bytes. */
  export function scrypt(
    password: Uint8Array,
    salt: Uint8Array,
    length: number,
    cost: { readonly N: number; readonly r: number; readonly p: number; readonly maxmem: number },
    callback: (error: Error | null, key: Uint8Array) => void,
  ): void;
}
