import { type ChildProcess, spawn } from "node:child_process";
import { join, resolve } from "node:path";

export const root = resolve(import.meta.dirname, "../..");
export const faultline = join(root, "faultline");

export interface Ran {
	code: number | null;
	stdout: string;
	stderr: string;
}

/** Runs the real command as a user would. `onStart` sees the process while it runs. */
export function runFaultline(
	args: readonly string[],
	options: { env?: NodeJS.ProcessEnv; cwd?: string; onStart?: (child: ChildProcess) => void } = {},
): Promise<Ran> {
	return new Promise((done, failed) => {
		const child = spawn(faultline, args, {
			cwd: options.cwd ?? root,
			env: { ...process.env, ANTHROPIC_API_KEY: "", ...options.env },
			stdio: ["ignore", "pipe", "pipe"],
		});
		let [stdout, stderr] = ["", ""];
		child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
		child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
		child.on("error", failed);
		child.on("close", (code) => done({ code, stdout, stderr }));
		options.onStart?.(child);
	});
}
