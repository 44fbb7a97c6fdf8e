import { AppError } from "@faultline/contracts";
import { describe, expect, it } from "vitest";
import type { KubeClient, LogRequest } from "./client.ts";
import { readStream } from "./log-streams.ts";
import { Pod } from "./wire.ts";

const pod = Pod.parse({ metadata: { name: "p", namespace: "n" } });
const stamp = (second: number) => `2026-06-19T09:00:${String(second).padStart(2, "0")}.000000000Z`;

/** A container log of an API server: bytes from a time on, at most limitBytes of them. */
function clientOver(current: string[], previous?: string[]): { client: KubeClient; asked: LogRequest[] } {
	const asked: LogRequest[] = [];
	const logs = async (request: LogRequest) => {
		asked.push(request);
		const lines = request.previous ? previous : current;
		if (!lines) throw new AppError("BAD_INPUT", "none");
		const text = lines
			.filter((l) => l.slice(0, 30) >= (request.sinceTime ?? ""))
			.map((l) => `${l}\n`)
			.join("")
			.slice(0, request.limitBytes);
		return { text, cut: text.length >= request.limitBytes };
	};
	return { client: { logs } as unknown as KubeClient, asked };
}

const read = (client: KubeClient, sinceTime: string, restarted = false) =>
	readStream({ client, pod, container: "c", restarted, sinceTime, signal: new AbortController().signal });

describe("readStream", () => {
	it("numbers lines of one time, and leaves out what has no timestamp", async () => {
		const { client } = clientOver([`${stamp(1)} a`, `${stamp(1)} b`, `${stamp(2)} c\r`]);
		const { lines, horizon } = await read(client, stamp(0));
		expect(lines.map((l) => [l.text, l.ordinal])).toEqual([
			["a", 0],
			["b", 1],
			["c", 0],
		]);
		expect(horizon).toBeUndefined();
	});

	it("says how far it knows a log that is longer than what it reads at once", async () => {
		const long = Array.from({ length: 40 }, (_, i) => `${stamp(i)} ${"x".repeat(50_000)}`);
		const { client } = clientOver(long);
		const { lines, horizon } = await read(client, stamp(0));
		expect(lines.length).toBeGreaterThan(10);
		expect(lines.length).toBeLessThan(40);
		expect(horizon).toBe(lines.at(-1)?.time);
	});

	it("reads on past one line of megabytes, and cuts it", async () => {
		const { client, asked } = clientOver([`${stamp(1)} ${"y".repeat(10_000_000)}`, `${stamp(2)} after`]);
		const { lines, skipped } = await read(client, stamp(0));
		expect(lines.map((l) => l.text.length < 70_000)).toEqual([true, true]);
		expect(lines[0]?.text).toMatch(/\[9934464 characters cut\]$/);
		expect(lines[1]?.text).toBe("after");
		expect(skipped).toBeUndefined();
		expect(asked.map((a) => a.limitBytes)).toEqual([1, 4, 16].map((m) => m * 1024 * 1024));
	});

	it("tells a line that is longer than anything it reads", async () => {
		const { client } = clientOver([`${stamp(1)} ${"z".repeat(17 * 1024 * 1024)}`, `${stamp(2)} after`]);
		const { lines, skipped, horizon } = await read(client, stamp(0));
		expect({ lines, horizon }).toEqual({ lines: [], horizon: undefined });
		expect(skipped).toContain("longer than 16 MiB");
	});

	it("puts the previous run before the present one, once", async () => {
		const runs = clientOver([`${stamp(5)} now`], [`${stamp(1)} before`]);
		expect((await read(runs.client, stamp(0), true)).lines.map((l) => l.text)).toEqual(["before", "now"]);
		const same = clientOver([`${stamp(1)} a`, `${stamp(1)} a`], [`${stamp(1)} a`, `${stamp(1)} a`]);
		expect((await read(same.client, stamp(0), true)).lines.map((l) => l.text)).toEqual(["a", "a"]);
	});
});
