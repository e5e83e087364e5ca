/** The version that `/` and `/healthz` tell; a test holds it against package.json, which is not worth its bytes in the bundle. */
export const VERSION = "0.1.0";
