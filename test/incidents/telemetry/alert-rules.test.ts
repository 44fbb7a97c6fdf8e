import { expect, it } from "vitest";
import { createRuleEvaluator } from "./alert-rules.ts";
import type { AlertRecord } from "./notebook.ts";

function evaluate(samples: Record<string, number>[]): AlertRecord[] {
	const fired: AlertRecord[] = [];
	const rules = createRuleEvaluator((alert) => fired.push(alert));
	samples.forEach((figures, i) => {
		rules(`2026-11-21T10:00:${String(i).padStart(2, "0")}.000Z`, "orders", figures);
	});
	return fired;
}

const errors = (...ratios: number[]) => ratios.map((ratio) => ({ "http.server.error.ratio": ratio }));

it("fires once after three samples over the threshold, and resolves at the first below", () => {
	const fired = evaluate(errors(0, 0.5, 0.5, 0.5, 0.5, 0));
	expect(fired.map(({ name, state, time }) => [name, state, time.slice(17, 19)])).toEqual([
		["ServiceErrorRatioHigh", "firing", "03"],
		["ServiceErrorRatioHigh", "resolved", "05"],
	]);
	expect(fired[0]).toMatchObject({
		value: 0.5,
		threshold: 0.1,
		service: "orders",
		severity: "critical",
		summary: "orders fails 50.0% of its requests",
	});
});

it("does not fire for what passes", () => {
	expect(evaluate(errors(0.5, 0.5, 0, 0.5, 0.5, 0))).toEqual([]);
});

it("compares a figure with its limit", () => {
	const full = { "redis.memory.used": 95, "redis.memory.max": 100 };
	expect(evaluate([full, full, full]).map((a) => [a.name, a.value])).toEqual([["RedisMemoryNearLimit", 0.95]]);
	expect(evaluate(Array(3).fill({ "redis.memory.used": 95, "redis.memory.max": 200 }))).toEqual([]);
});
