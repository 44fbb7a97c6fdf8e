import { monitorEventLoopDelay } from "node:perf_hooks";

/** Rate, errors and durations of the requests since the last scrape, and the health of the process. */

let durations = [];
let failures = 0;
let since = performance.now();
let cpu = process.cpuUsage();
const loop = monitorEventLoopDelay({ resolution: 20 });
loop.enable();
const gauges = new Map();

export function observeRequest(durationMs, failed) {
	durations.push(durationMs);
	if (failed) failures++;
}

/** Registers a figure that is read at each scrape, such as the connections of a pool. */
export const gauge = (name, read) => gauges.set(name, read);

const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];

/** The figures since the last call; a new window begins. A window without requests has no ratio and no durations. */
export function scrape() {
	const seconds = (performance.now() - since) / 1000;
	const sorted = durations.sort((a, b) => a - b);
	const used = process.cpuUsage(cpu);
	const figures = {
		"http.server.request.rate": sorted.length / seconds,
		"http.server.error.ratio": sorted.length === 0 ? undefined : failures / sorted.length,
		"http.server.duration.p50": quantile(sorted, 0.5),
		"http.server.duration.p95": quantile(sorted, 0.95),
		"http.server.duration.max": sorted.at(-1),
		"nodejs.eventloop.delay.p99": loop.percentile(99) / 1e6,
		"nodejs.heap.used": process.memoryUsage().heapUsed,
		"process.cpu.utilization": (used.user + used.system) / 1e6 / seconds,
		"process.memory.usage": process.memoryUsage().rss,
		...Object.fromEntries([...gauges].map(([name, read]) => [name, read()])),
	};
	durations = [];
	failures = 0;
	since = performance.now();
	cpu = process.cpuUsage();
	loop.reset();
	return figures;
}
