/** The runtime's `fetch`, callable wherever it is handed to: workerd refuses it as another object's method. */
export const outbound: typeof fetch = (input, init) => fetch(input, init);
