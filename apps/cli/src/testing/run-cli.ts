import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A home of nobody's: a fixed name might be made by a child that runs as root, and then is there for the next test. */
const HOME = mkdtempSync(join(tmpdir(), "faultline-home-"));
process.once("exit", () => rmSync(HOME, { recursive: true, force: true }));

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));

export interface Ran {
	code: number | null;
	stdout: string;
	stderr: string;
}

export interface RunOptions {
	env?: Record<string, string>;
	cwd?: string;
	/** Standard input stays open. */
	keepInput?: boolean;
}

/** The command line as a real process, with nothing of this one's environment but PATH. */
export function startCli(
	args: readonly string[],
	{ env, cwd = "/", keepInput }: RunOptions = {},
): { child: ChildProcess; ran: Promise<Ran> } {
	const child = spawn(process.execPath, [MAIN, ...args], { cwd, env: { PATH: process.env.PATH ?? "", HOME, ...env } });
	let stdout = "";
	let stderr = "";
	child.stdout.setEncoding("utf8").on("data", (text: string) => {
		stdout += text;
	});
	child.stderr.setEncoding("utf8").on("data", (text: string) => {
		stderr += text;
	});
	child.stdin.on("error", () => undefined);
	if (!keepInput) child.stdin.end();
	const ran = new Promise<Ran>((resolve, reject) => {
		child.once("error", reject);
		child.once("close", (code) => resolve({ code, stdout, stderr }));
	});
	return { child, ran };
}

export function runCli(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
	return startCli(args, options).ran;
}
