import { homedir } from "node:os";
import { join } from "node:path";
import type { Env } from "./session.ts";

/** Where a configuration is looked for. */
export function placeOf(env: Env, path: string | undefined): { path: string | undefined; env: Env; cwd: string; home: string } {
	return { path, env, cwd: process.cwd(), home: env.HOME || homedir() };
}

/** How a source's server is started: this very program, `mcp <source>`. */
export function sourceLauncher(verbose: boolean): { command: string; args: string[]; stderr: "inherit" | "ignore" } {
	return { command: process.execPath, args: [process.argv[1] ?? "", "mcp"], stderr: verbose ? "inherit" : "ignore" };
}

/** What can be fetched or made anew. */
export function cacheDirOf(env: Env): string {
	return join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), ".cache"), "faultline");
}
