import { describe, expect, it } from "vitest";
import { sampleEvidence, series } from "./testing/index.ts";
import { shiftInstant } from "./time-shift.ts";
import { createWorld, slugOf } from "./world.ts";

describe("a world", () => {
	it("finds services and their pods, and invents one where none is named", () => {
		const world = createWorld(sampleEvidence());
		expect(world.services.map((s) => s.name)).toEqual(["orders", "stock"]);
		expect(world.serviceByName.get("orders")?.pods.map((p) => p.name)).toEqual(["orders-7d4b9c6f58-x2x7q", "orders-7d4b9c6f58-m9k2p"]);
		const [invented] = world.serviceByName.get("stock")?.pods ?? [];
		expect(invented).toMatchObject({ invented: true, resource: "stock", name: expect.stringMatching(/^stock-[0-9a-f]{10}-[0-9a-z]{5}$/) });
		expect(createWorld(sampleEvidence()).serviceByName.get("stock")?.pods[0]?.name).toBe(invented?.name);
	});

	it("knows a pod by its name alone, and gives names that the cluster allows", () => {
		const world = createWorld({
			...sampleEvidence(),
			signals: [],
			series: [series("web-5f55b6cf68-77cfw", "cpu", "", () => 1)],
			topology: { nodes: [{ id: "Pet Site" }, { id: "pet_site" }], edges: [] },
		});
		expect(world.podByResource.get("web-5f55b6cf68-77cfw")).toMatchObject({ service: "web" });
		expect(world.services.map((s) => s.slug).sort()).toEqual(["pet-site", "pet-site-2", "web"]);
		expect(slugOf("--")).toBe("unnamed");
	});

	it("moves every time by whole minutes, so that the window ends now", () => {
		const now = Date.parse("2030-01-01T00:00:30.500Z");
		const world = createWorld(sampleEvidence(), { time: "now", clock: () => now });
		expect(world.evidence.window.to).toBe("2030-01-01T00:00:00.000Z");
		expect(world.evidence.signals[0]?.time).toBe("2029-12-31T23:30:00.000Z");
		expect(world.series[0]?.times[0]).toBe(Date.parse("2029-12-31T23:30:00.000Z"));
		expect(world.now()).toBe(now);
		expect(shiftInstant("2026-06-19T09:00:00.123456789Z", 1_000)).toBe("2026-06-19T09:00:01.123456789Z");
		const status = { status: { containers: [{ startedAt: "2026-06-19T09:00:00Z", image: "web:1" }] } };
		const event = { reporter: "status", reason: "StatusSnapshot", object: { kind: "Pod", name: "p" }, ...status };
		const moved = createWorld(
			{ ...sampleEvidence(), signals: [{ ...(sampleEvidence().signals[0] as (typeof world.logs)[number]), kind: "event", event }] },
			{ time: "now", clock: () => now },
		);
		expect(moved.objects[0]?.event.status).toEqual({ containers: [{ startedAt: "2029-12-31T23:30:00.000Z", image: "web:1" }] });
	});

	it("joins the baseline of a metric with its window", () => {
		const baseline = series("orders", "error.ratio", "", () => 0);
		const earlier = { ...baseline, times: baseline.times.map((t) => t - 86_400_000) };
		const world = createWorld({ ...sampleEvidence(), baselineSeries: [earlier] });
		expect(world.series.find((s) => s.metric === "error.ratio")?.times).toHaveLength(60);
	});
});
