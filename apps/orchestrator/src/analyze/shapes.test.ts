import { type EvidenceSet, type MetricSeries, seededRandom } from "@faultline/contracts";
import type { ShapeRecogniser } from "@faultline/correlation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shippedModels } from "../models/model-folders.ts";
import { lazyShapes, type OpenedShapes } from "../models/shape-session.ts";
import { analyze, prepare } from "../pipeline.ts";

const START = Date.UTC(2026, 0, 5, 12);
const STEP = 30_000;

function series(service: string, metric: string, value: (i: number) => number): MetricSeries {
	const random = seededRandom(service.length);
	return {
		id: `${service}/${metric}`,
		source: "test",
		resource: service,
		service,
		metric,
		unit: "",
		times: Float64Array.from({ length: 80 }, (_, i) => START + i * STEP),
		values: Float64Array.from({ length: 80 }, (_, i) => value(i) * (1 + 0.04 * (random() - 0.5))),
	};
}

const evidence: EvidenceSet = {
	id: "shapes",
	title: "checkout fails",
	window: { from: new Date(START).toISOString(), to: new Date(START + 80 * STEP).toISOString() },
	alertTime: new Date(START + 66 * STEP).toISOString(),
	signals: [],
	series: [
		series("store", "error_ratio", (i) => (i >= 50 ? 0.5 : 0.01)),
		series("checkout", "error_ratio", (i) => (i >= 54 ? 0.4 : 0.01)),
		series("store", "memory_bytes", (i) => 2e8 * (i >= 50 ? 1 + (i - 49) / 6 : 1)),
		series("web", "cpu_usage", () => 0.3),
	],
	baselineSeries: [],
	topology: { nodes: [], edges: [{ from: "checkout", to: "store", kind: "calls", learnedFrom: "test" }] },
	coverage: [
		{ source: "test", status: "ok", from: new Date(START).toISOString(), to: new Date(START + 80 * STEP).toISOString(), truncated: false },
	],
};

describe("shapes of abnormal metrics", () => {
	let shapes: OpenedShapes | undefined;
	beforeAll(async () => {
		shapes = await lazyShapes([shippedModels() as string]);
	});
	afterAll(() => shapes?.close());

	it("are named and dated by the network that ships", async () => {
		const { verdicts, moment } = await prepare(evidence, { shapes });
		const step = verdicts.get("store/error_ratio")?.shape;
		expect(step?.shape).toBe("step-up");
		expect(Math.abs((step?.onset ?? 0) - (START + 50 * STEP))).toBeLessThanOrEqual(2 * STEP);
		expect(verdicts.get("store/memory_bytes")?.shape?.shape).toBe("ramp");
		expect(verdicts.get("store/error_ratio")?.words.at(-1)).toMatch(/^shape network: step-up, [01]\.\d\d$/);
		expect(verdicts.get("web/cpu_usage")?.shape).toBeUndefined();
		expect(moment.how).toMatch(/of the onsets of single metrics, \d of \d agree, confidence 0\.\d\d$/);
	});

	it("stand in the report's words, and change no rank", async () => {
		const [plain, named] = [await analyze(evidence), await analyze(evidence, { shapes })];
		expect(named.rootCauses[0]?.reason).toMatch(/rose step-like at 12:2[3-6]:|rose steadily from/);
		expect(plain.rootCauses[0]?.reason).not.toMatch(/step-like|steadily/);
		expect(named.rootCauses.map(({ resource, score }) => [resource, score])).toEqual(
			plain.rootCauses.map(({ resource, score }) => [resource, score]),
		);
		expect(named.notes).toContainEqual(expect.stringMatching(/^Order: store moved before checkout \(\d of \d agree/));
	});

	it("are left out with a note where the network fails", async () => {
		const broken: ShapeRecogniser = { recognise: () => Promise.reject(new Error("secret path")) };
		const { notes = [], verdicts } = await prepare(evidence, { shapes: broken });
		expect(notes).toContainEqual(expect.stringMatching(/^Shapes of metrics are not named/));
		expect(notes.join()).not.toContain("secret path");
		expect([...verdicts.values()].every((v) => v.shape === undefined)).toBe(true);
	});
});
