import type { EvidenceSet, Signal } from "@faultline/contracts";
import { correlate } from "@faultline/correlation";
import { describe, expect, it } from "vitest";
import { prepare } from "../pipeline.ts";

const NOON = Date.UTC(2026, 0, 5, 12);
const time = (seconds: number): string => new Date(NOON + seconds * 1_000).toISOString();

/** Half an hour before noon and ten minutes after it: a worker that beats every 20 s, and warns every two minutes. */
function worker({ beats, warnings, traced }: { beats: boolean; warnings: number; traced?: boolean }): EvidenceSet {
	const signals: Signal[] = [];
	const log = (seconds: number, service: string, body: string, severity = 9): void => {
		const trace = traced === true ? { traceId: `t${signals.length}`, spanId: `s${signals.length}` } : {};
		signals.push({
			id: `l${signals.length}`,
			source: "test",
			kind: "log",
			time: time(seconds),
			service,
			resource: service,
			body,
			severity,
			attributes: {},
			count: 1,
			redactions: 0,
			...trace,
		});
	};
	for (let s = -1_800; s < 600; s += 20) if (s < 0 || beats) log(s, "worker", "heartbeat sent to the supervisor");
	for (let s = -1_795; s < 0; s += 120) log(s, "worker", "retrying the lease", 13);
	for (let i = 0; i < warnings; i++) log(5 + (590 * i) / warnings, "worker", "retrying the lease", 13);
	for (let s = -1_790; s < 600; s += 30) log(s, "gateway", "request served");
	return {
		id: "streams",
		title: "a worker",
		window: { from: time(-1_800), to: time(600) },
		alertTime: time(60),
		focus: "worker",
		signals: signals.sort((a, b) => a.time.localeCompare(b.time)),
		series: [],
		baselineSeries: [],
		topology: { nodes: [{ id: "worker" }, { id: "gateway" }], edges: [] },
		coverage: [],
	} as EvidenceSet;
}

const judged = async (...of: Parameters<typeof worker>) => {
	const input = await prepare(worker(...of));
	return { input, found: [...(input.streams ?? new Map()).values()].flatMap(({ words }) => words).join("\n") };
};

describe("judgeStreams", () => {
	it("says since when a heartbeat is missing, and blames who beat it", async () => {
		const { input, found } = await judged({ beats: false, warnings: 0 });
		expect(found).toMatch(/^heartbeat: every 20.0 s and at most 20.0 s apart, silent since 1[12]:\d\d:\d\d$/m);
		const gone = correlate(input).anomalies.find(({ direction }) => direction === "gone");
		expect(gone).toMatchObject({ resource: "worker", kind: "template" });
		expect(correlate({ ...input, without: new Set(["log streams"]) }).anomalies.some(({ direction }) => direction === "gone")).toBe(false);
	});

	it("says how much more of a line there is, as a vote of what is said of the line", async () => {
		const { input, found } = await judged({ beats: true, warnings: 400 });
		expect(found).toMatch(/^burst: \d+(\.\d+)?\/min against at most \d(\.\d+)?\/min before$/m);
		expect(correlate(input).anomalies.some(({ votes }) => votes.some((vote) => /^burst: .*min before$/.test(vote)))).toBe(true);
	});

	it("is silent where nothing changed, and blames nobody for what stopped with the calls", async () => {
		expect((await judged({ beats: true, warnings: 5 })).found).toBe("");
		const { input } = await judged({ beats: false, warnings: 0, traced: true });
		expect([...(input.streams ?? [])].some(([, { silence }]) => silence !== undefined)).toBe(false);
	});
});
