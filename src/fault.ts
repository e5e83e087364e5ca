/** A validation issue in our own words: valibot's would repeat what was received, which may be a text or a secret. */
import * as v from "valibot";
import type { Fault } from "./errors.ts";

/** The fault that an issue stands for. Messages that a schema gives itself are kept: they hold nothing received. */
export function faultOf(issue: v.BaseIssue<unknown>): Fault {
  const path = v.getDotPath(issue) ?? "";
  if (issue.kind === "schema" && issue.received === "undefined") return { path, message: "is missing" };
  if (!issue.message.startsWith("Invalid ")) return { path, message: issue.message };
  return {
    path,
    message:
      issue.expected === null ? `is not a valid ${issue.type.replaceAll("_", " ")}` : `must be ${issue.expected}`,
  };
}
