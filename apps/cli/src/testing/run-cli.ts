import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));

export interface Ran {
	code: number | null;
	stdout: string;
	stderr: string;
}

export interface RunOptions {
	env?: Record<string, string>;
	cwd?: string;
	input?: string;
	/** Called once the process runs, to signal it or to close its streams. */
	started?: (child: ChildProcess) => void;
}

/** The command line as a real process, with nothing of this one's environment but PATH. */
export function runCli(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
	const child = spawn(process.execPath, [MAIN, ...args], {
		cwd: options.cwd ?? "/",
		env: { PATH: process.env.PATH ?? "", HOME: "/nonexistent", ...options.env },
	});
	let stdout = "";
	let stderr = "";
	child.stdout.setEncoding("utf8").on("data", (text: string) => {
		stdout += text;
	});
	child.stderr.setEncoding("utf8").on("data", (text: string) => {
		stderr += text;
	});
	child.stdin.on("error", () => undefined);
	child.stdin.end(options.input ?? "");
	options.started?.(child);
	return new Promise((resolve, reject) => {
		child.once("error", reject);
		child.once("close", (code) => resolve({ code, stdout, stderr }));
	});
}
