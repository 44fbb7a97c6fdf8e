import { spawn } from "node:child_process";

export interface ClientResult {
	code: number;
	stdout: string;
	stderr: string;
}

/**
 * Runs an independent client of an API. It must be installed: a missing one fails with what to install, so that no check is
 * passed over in silence.
 */
export function runClient(command: string, args: readonly string[], env: Record<string, string>, install: string): Promise<ClientResult> {
	return new Promise((resolve, reject) => {
		const child = spawn(command, [...args], { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
		let [stdout, stderr] = ["", ""];
		child.stdout.on("data", (chunk) => {
			stdout += chunk;
		});
		child.stderr.on("data", (chunk) => {
			stderr += chunk;
		});
		child.on("error", (error) => reject(new Error(`${command} cannot be run (${error.message}). Install it: ${install}`)));
		child.on("close", (code) => resolve({ code: code ?? 1, stdout, stderr }));
	});
}
