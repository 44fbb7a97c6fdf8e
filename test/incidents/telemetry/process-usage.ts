import { readdirSync, readFileSync } from "node:fs";

const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

interface ProcessStat {
	pid: number;
	parent: number;
	/** Processor seconds of the process and of its children that ended. */
	seconds: number;
	/** Resident bytes that are not shared with others. */
	bytes: number;
}

function readProcess(pid: number): ProcessStat | undefined {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
		const fields = stat
			.slice(stat.lastIndexOf(")") + 2)
			.split(" ")
			.map(Number);
		const [, resident = 0, shared = 0] = readFileSync(`/proc/${pid}/statm`, "utf8").split(" ").map(Number);
		const ticks = (fields[11] ?? 0) + (fields[12] ?? 0) + (fields[13] ?? 0) + (fields[14] ?? 0);
		return { pid, parent: fields[1] ?? 0, seconds: ticks / TICKS_PER_SECOND, bytes: (resident - shared) * PAGE_BYTES };
	} catch {
		return undefined;
	}
}

/** Processor seconds and memory of a process and its children, from /proc. Linux only. */
export function treeUsage(pid: number): { seconds: number; bytes: number; processes: number } {
	const all = readdirSync("/proc")
		.filter((name) => /^\d+$/.test(name))
		.flatMap((name) => readProcess(Number(name)) ?? []);
	const members = all.filter((p) => p.pid === pid || p.parent === pid);
	return {
		seconds: members.reduce((sum, p) => sum + p.seconds, 0),
		bytes: members.reduce((sum, p) => sum + p.bytes, 0),
		processes: members.length,
	};
}

/** Gives the processor utilization (1 = one core) and memory of a process tree since the last call. */
export function usageSampler(pid: () => number): () => Record<string, number> {
	let last = { seconds: treeUsage(pid()).seconds, at: performance.now() };
	return () => {
		const usage = treeUsage(pid());
		const now = performance.now();
		const utilization = Math.max(0, (usage.seconds - last.seconds) / ((now - last.at) / 1000));
		last = { seconds: usage.seconds, at: now };
		return { "process.cpu.utilization": utilization, "process.memory.usage": usage.bytes };
	};
}
