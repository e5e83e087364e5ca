/**
 * The CPU time that the runtime has used: steadier than requests a second on a machine that is busy with other things.
 * Read from Linux's `/proc`; elsewhere it is unknown.
 */
import { readdirSync, readFileSync } from "node:fs";

/** The process id of this process's own workerd; `undefined` where there is no `/proc`. */
export function findRuntime(): number | undefined {
  const isOurs = (pid: string) => {
    try {
      const [, name, parent] = /^\d+ \((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
      return name?.startsWith("workerd") && Number(parent) === process.pid;
    } catch {
      // It ended meanwhile.
      return false;
    }
  };
  try {
    const pid = readdirSync("/proc").find((entry) => /^\d+$/.test(entry) && isOurs(entry));
    return pid === undefined ? undefined : Number(pid);
  } catch {
    return undefined;
  }
}

/** Microseconds of CPU that all threads of a process have used so far. */
export function cpuMicroseconds(pid: number): number {
  const nanoseconds = readdirSync(`/proc/${pid}/task`).map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ", 1)[0]),
  );
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1000;
}
