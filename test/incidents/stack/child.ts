import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface ChildOptions {
	command: string;
	args?: readonly string[];
	cwd?: string;
	env?: Record<string, string>;
	account?: { uid: number; gid: number } | undefined;
	/** Opens a message channel, over which a service tells when it is ready. */
	channel?: boolean;
	/** Every line that the process writes, standard output and error alike. */
	onLine?: (line: string, stream: "out" | "error") => void;
}

export interface Child {
	readonly pid: number;
	readonly process: ChildProcess;
	/** Resolves with the exit code, or the signal's name. */
	readonly exited: Promise<number | string>;
	/** Asks to end, waits `graceMs`, then kills; resolves once it is gone. */
	stop(signal?: NodeJS.Signals, graceMs?: number): Promise<void>;
}

const running = new Set<Child>();

/** Starts a process in a group of its own, so that a Ctrl-C at the terminal reaches only the recorder, which then ends all in order. */
export function startChild(options: ChildOptions): Child {
	const { command, args = [], cwd, env = {}, account, channel = false, onLine } = options;
	const spawned = spawn(command, args, {
		...(cwd === undefined ? {} : { cwd }),
		...account,
		env: { PATH: "/usr/local/bin:/usr/bin:/bin", TZ: "UTC", LANG: "C.UTF-8", ...env },
		stdio: ["ignore", "pipe", "pipe", ...(channel ? (["ipc"] as const) : [])],
		detached: true,
	});
	if (spawned.stdout !== null) createInterface({ input: spawned.stdout }).on("line", (line) => onLine?.(line, "out"));
	if (spawned.stderr !== null) createInterface({ input: spawned.stderr }).on("line", (line) => onLine?.(line, "error"));
	const exited = new Promise<number | string>((resolve) => {
		spawned.once("error", (error) => resolve(error.message));
		spawned.once("exit", (code, signal) => resolve(code ?? signal ?? "unknown"));
	});
	const child: Child = {
		pid: spawned.pid ?? -1,
		process: spawned,
		exited,
		async stop(signal = "SIGTERM", graceMs = 6000) {
			if (spawned.exitCode !== null || spawned.signalCode !== null || spawned.pid === undefined) return;
			spawned.kill(signal);
			const killer = setTimeout(() => killGroup(child.pid), graceMs);
			await exited;
			clearTimeout(killer);
		},
	};
	running.add(child);
	void exited.then(() => running.delete(child));
	return child;
}

function killGroup(pid: number): void {
	try {
		process.kill(-pid, "SIGKILL");
	} catch {
		// It ended between the look and the kill.
	}
}

/** Kills whatever is still running: the last resort when the recorder itself ends. */
export function killAllChildren(): void {
	for (const child of running) if (child.pid > 0) killGroup(child.pid);
}
