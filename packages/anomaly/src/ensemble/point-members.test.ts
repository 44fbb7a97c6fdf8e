import { seededRandom } from "@faultline/contracts";
import { describe, expect, it } from "vitest";
import { detectSessions, type SessionVerdict } from "../detect-sessions.ts";
import type { Session } from "../session-counts.ts";
import { POINT_MEMBERS } from "./point-members.ts";

const random = seededRandom(4);
const healthy = (i: number): Session => {
	const steps = 1 + Math.floor(random() * 4);
	return { id: `h${i}`, events: ["begin", ...new Array<string>(steps).fill("read"), ...new Array<string>(steps).fill("write"), "end"] };
};
/** As many reads as ever, and as many writes as ever, but never so in one session; and a count that is far off. */
const odd: Session[] = [
	{ id: "far", events: ["begin", ...new Array<string>(60).fill("read"), ...new Array<string>(60).fill("write"), "end"] },
	{ id: "apart", events: ["begin", ...new Array<string>(4).fill("read"), "end"] },
];
const baseline = Array.from({ length: 400 }, (_, i) => healthy(i));
const input = [...Array.from({ length: 200 }, (_, i) => healthy(i)), ...odd];
const run = (regime: "baseline" | "batch", weights: Record<string, number>): Promise<SessionVerdict[]> =>
	Array.fromAsync(
		detectSessions({ baseline: regime === "baseline" ? baseline : [], input, describe: (e) => `the ${e}`, detectors: { weights } }),
	);
const voteOf = (verdict: SessionVerdict | undefined, name: string) => verdict?.details.find(({ detector }) => detector === name);

describe.each(["baseline", "batch"] as const)("detectors of points in the ensemble: %s", (regime) => {
	it("have no vote by default, but for those of a batch", async () => {
		const [verdict] = await run(regime, {});
		const names = verdict?.details.map(({ detector }) => detector) ?? [];
		expect(POINT_MEMBERS.filter((name) => names.includes(name))).toEqual(regime === "batch" ? ["isolation forest"] : []);
	});

	it.each(POINT_MEMBERS)("%s votes where it has a weight, with words", async (name) => {
		const verdicts = await run(regime, { [name]: 1 });
		expect(voteOf(verdicts[200], name)?.evidence).toMatch(new RegExp(`^${name}: `));
		expect(verdicts[200]?.anomalous).toBe(true);
		// A forest that was grown where "far" is not has no split beyond the usual: it calls it as usual as the greatest that is.
		if (regime === "baseline" && name === "isolation forest") return;
		const raws = verdicts.map((verdict) => voteOf(verdict, name)?.raw ?? Number.NaN);
		const usual = raws.slice(0, 200).toSorted((a, b) => a - b);
		expect(raws[200]).toBeGreaterThan(usual[190] as number);
	});

	it("an autoencoder sees what goes with what, and says which event", async () => {
		const verdicts = await run(regime, { autoencoder: 1 });
		const raw = voteOf(verdicts[201], "autoencoder")?.raw ?? 0;
		expect(verdicts.slice(0, 200).every((verdict) => (voteOf(verdict, "autoencoder")?.raw ?? 0) < raw)).toBe(true);
		expect(voteOf(verdicts[201], "autoencoder")?.evidence).toMatch(/nats, most by how often "the (read|write)" came$/);
	});
});

it("a batch or a baseline too small for one is judged by the others", async () => {
	const few = { baseline: baseline.slice(0, 5), input: odd, detectors: { weights: { density: 1, autoencoder: 1 } } };
	const [verdict] = await Array.fromAsync(detectSessions(few));
	expect(verdict?.details.map(({ detector }) => detector)).toEqual(["rare event", "counts", "order"]);
	expect(await Array.fromAsync(detectSessions({ ...few, baseline: [] }))).toHaveLength(2);
});

it("a figure beyond all measure, against a baseline of equals, is still a number", async () => {
	const equal = Array.from({ length: 140 }, (_, i) => ({ id: String(i), events: ["a", "b", "c"] }));
	const [same, other] = await Array.fromAsync(
		detectSessions({
			baseline: equal,
			input: [equal[0] as Session, { id: "x", events: ["a", "z"] }],
			detectors: { weights: { autoencoder: 0.5 } },
		}),
	);
	expect(same?.anomalous).toBe(false);
	expect(other?.anomalous).toBe(true);
	expect(Number.isFinite(other?.score)).toBe(true);
});
