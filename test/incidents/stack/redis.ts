import { mkdirSync } from "node:fs";
import { AppError } from "@faultline/contracts";
import { Redis } from "ioredis";
import { type Child, startChild } from "./child.ts";
import type { Programs } from "./programs.ts";

export interface RedisOptions {
	programs: Programs;
	folder: string;
	port: number;
	maxMemoryMb: number;
	/** Called as soon as the server's process exists. */
	onStart: (child: Child) => void;
	onLine: (line: string) => void;
}

/** A Redis of our own that refuses writes when full (noeviction), as a store of carts must. */
export async function startRedis({ programs, folder, port, maxMemoryMb, onStart, onLine }: RedisOptions): Promise<Child> {
	mkdirSync(folder, { recursive: true });
	const settings = {
		port,
		bind: "127.0.0.1",
		dir: folder,
		maxmemory: `${maxMemoryMb}mb`,
		"maxmemory-policy": "noeviction",
		save: "300 50",
		daemonize: "no",
	};
	const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
	const child = startChild({ command: programs.redis, args, cwd: folder, onLine });
	onStart(child);
	const client = new Redis({ port, host: "127.0.0.1", retryStrategy: () => 100, maxRetriesPerRequest: 100 });
	client.on("error", () => undefined);
	const ended = child.exited.then((code) => {
		throw new AppError("UNAVAILABLE", `Redis ended with ${code}`);
	});
	await Promise.race([client.ping(), ended]).finally(() => client.disconnect());
	return child;
}
