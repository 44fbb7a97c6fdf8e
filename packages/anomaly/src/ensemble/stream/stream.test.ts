import { seededRandom } from "@faultline/contracts";
import { describe, expect, it } from "vitest";
import { fitStream, type StreamVerdict } from "./detect-stream.ts";
import { type StreamLine, windowsOf } from "./stream-line.ts";

const random = seededRandom(2);
/** A service that handles requests in three steps, and beats every ten lines. */
function stream(from: number, lines: number): StreamLine[] {
	return Array.from({ length: lines }, (_, i) => {
		const at = from + i;
		if (at % 10 === 9) return { at, event: "heartbeat" };
		const event = ["request begins", "query the store", "request ends"][at % 3] as string;
		return { at, event, values: event === "request ends" ? [{ slot: "0", value: 10 + 5 * random() }] : [] };
	});
}
const describeEvent = (event: string): string => event;
const judge = fitStream({ baseline: [stream(0, 3_000)], length: 100, describe: describeEvent });
const clean = stream(3_000, 100);
const on = (lines: StreamLine[]): StreamVerdict => judge({ from: 3_000, to: 3_100, lines });
const words = (lines: StreamLine[], detector: string): string | undefined => {
	const vote = on(lines).votes.find((one) => one.detector === detector);
	return vote !== undefined && vote.raw > vote.threshold ? vote.evidence : undefined;
};

describe("fitStream", () => {
	it("lets healthy windows pass", () => {
		const verdicts = [...windowsOf(stream(3_000, 3_000), 100)].map((window) => judge(window));
		expect(verdicts.filter((v) => v.anomalous).length / verdicts.length).toBeLessThan(0.05);
		expect(on(clean).anomalous).toBe(false);
	});

	it("finds an unseen template, and says when it was first seen", () => {
		expect(words([...clean.slice(0, 50), { at: 3_049.5, event: "lease lost" }, ...clean.slice(50)], "new template")).toBe(
			'new template: "lease lost" first seen at line 3050, never in the baseline',
		);
	});

	it("finds a burst", () => {
		const burst = Array.from({ length: 200 }, (_, i) => ({ at: 3_050 + i / 1_000, event: "query the store" }));
		expect(words([...clean.slice(0, 50), ...burst, ...clean.slice(50)], "burst")).toMatch(
			/burst: "query the store" 2\d\d times, at most 3\d in/,
		);
	});

	it("finds a heartbeat that stays away", () => {
		expect(
			words(
				clean.filter((line) => line.event !== "heartbeat"),
				"heartbeat",
			),
		).toBe('heartbeat: "heartbeat" silent for 100, every 10 in the baseline, at most 10');
	});

	it("finds a wrong order", () => {
		const events = clean.map((line) => line.event);
		const shuffled = clean.map((line, i) => ({ ...line, event: events[(i * 37) % 100] as string, values: [] }));
		expect(words(shuffled, "order")).toMatch(/^order: ".*" -> ".*" and other steps are unusual/);
	});

	it("finds durations that are five times as long, but not shorter ones", () => {
		const times = (factor: number): StreamLine[] =>
			clean.map((line) => ({ ...line, values: (line.values ?? []).map(({ slot, value }) => ({ slot, value: value * factor })) }));
		expect(words(times(5), "duration")).toMatch(/^duration: \d+(\.\d)? in "request ends", 1\d(\.\d)? in the baseline/);
		expect(words(times(0.2), "duration")).toBeUndefined();
	});

	it("has no opinion on an empty baseline, and none on an empty window", () => {
		expect(fitStream({ baseline: [], length: 100 })({ from: 0, to: 100, lines: clean }).anomalous).toBe(false);
		expect(() => on([])).not.toThrow();
	});
});

describe("a stream with a clock", () => {
	const noon = Date.UTC(2026, 0, 5, 12);
	const timed = (lines: StreamLine[]): StreamLine[] => lines.map((line) => ({ ...line, at: noon + line.at * 1_000 }));
	const judgeTimed = fitStream({ baseline: [timed(stream(0, 3_000))], length: 100_000, describe: describeEvent });
	const voteOf = (lines: StreamLine[], detector: string) =>
		judgeTimed({ from: noon + 3_000_000, to: noon + 3_100_000, lines: timed(lines) }).votes.find((vote) => vote.detector === detector);

	it("is told in rates and times of day, with the template", () => {
		const burst = Array.from({ length: 200 }, (_, i) => ({ at: 3_050 + i / 1_000, event: "query the store" }));
		expect(voteOf([...clean.slice(0, 50), ...burst, ...clean.slice(50)], "burst")).toMatchObject({
			event: "query the store",
			evidence: 'burst: "query the store" 138/min against at most 18/min before',
		});
		expect(
			voteOf(
				clean.filter(({ at, event }) => event !== "heartbeat" || at < 3_030),
				"heartbeat",
			),
		).toMatchObject({
			event: "heartbeat",
			evidence: 'heartbeat: "heartbeat" every 10.0 s and at most 10.0 s apart, silent since 12:50:29',
		});
	});
});
