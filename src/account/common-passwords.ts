/**
 * The commonest passwords, which no account may have: a static asset (`public/common-passwords.txt`) that an isolate reads
 * once. Where it cannot be read, nobody is told that a password is fine.
 */

/** Whether a folded password is among the commonest, in whatever case; `undefined` where the list cannot be read. */
export type IsCommon = (assets: Fetcher, folded: string) => Promise<boolean | undefined>;

/** Reads the list once an isolate. */
export function createCommonPasswords(): IsCommon {
  let list: string | undefined;
  return async (assets, folded) => {
    if (list === undefined) {
      // The host is of no account to the binding.
      const asset = await assets.fetch("https://assets.local/common-passwords.txt").catch(() => undefined);
      if (!asset?.ok) return undefined;
      list = `\n${await asset.text()}`;
    }
    return list.includes(`\n${folded.toLowerCase()}\n`);
  };
}
