import { seededRandom } from "@faultline/contracts";
import { expect, it } from "vitest";
import type { Lead } from "../evidence/lead.ts";
import { series } from "../testing/evidence.ts";
import { leadOf } from "./lead-lag.ts";

const random = seededRandom(3);
const wave = Array.from({ length: 60 }, (_, i) => (i > 30 && i < 45 ? 10 : 1) + random());
const lead = (name: string, values: readonly number[]): Lead => ({
	candidate: name,
	resource: name,
	kind: "metric",
	role: "symptom",
	mechanisms: new Map(),
	subject: "latency",
	direction: "up",
	strength: 1,
	onset: undefined,
	recovered: undefined,
	text: "",
	votes: [],
	cites: [series(name, "latency", values)],
	loud: false,
});

it("says who moved first, and nothing where nobody did", () => {
	const late = [...wave.slice(0, 3), ...wave.slice(0, -3)];
	expect(leadOf([lead("db", wave)], [lead("web", late)])).toBe(3);
	expect(leadOf([lead("web", late)], [lead("db", wave)])).toBe(-3);
	expect(leadOf([lead("db", wave)], [lead("web", wave)])).toBe(0);
	expect(
		leadOf(
			[lead("db", wave)],
			[
				lead(
					"web",
					wave.map(() => random()),
				),
			],
		),
	).toBe(0);
	expect(leadOf([lead("db", wave)], [lead("web", wave.slice(5))])).toBe(0);
	expect(leadOf([], [lead("web", wave)])).toBe(0);
});
