import { type Encoder, type Signal, seededRandom } from "@faultline/contracts";
import { describe, expect, it } from "vitest";
import type { TemplateView } from "../situation.ts";
import { matchSources } from "./match-sources.ts";

const START = Date.parse("2026-06-19T09:00:00Z");
let numbered = 0;
function seen(source: string, ms: number, body: string, more: Partial<Signal> = {}): Signal {
	const id = more.id ?? `${source}:${numbered++}`;
	const time = new Date(START + ms).toISOString();
	const rest = { severity: 17, service: "web", resource: "web", attributes: {}, count: 1, redactions: 0 };
	return { ...rest, source, kind: "log", time, body, ...more, id };
}

/** Templates as they are where numbers vary; by the text, so that the order of the records decides nothing. */
function templatesOf(signals: readonly Signal[]): TemplateView {
	const of = new Map(signals.map((s) => [s.id, s.body.replace(/\d+/g, "#")]));
	return { of: (id) => of.get(id), text: (id) => id, headline: (body) => body.replace(/^\S+ (?:ERROR|INFO) /, "") };
}

async function match(signals: readonly Signal[], encoder?: Encoder): Promise<{ signals: Signal[]; notes: string[] }> {
	const window = { from: new Date(START).toISOString(), to: new Date(START + 3_600_000).toISOString() };
	const evidence = { id: "e", title: "", window, signals: [...signals], series: [], baselineSeries: [], coverage: [] };
	const matched = await matchSources({ ...evidence, topology: { nodes: [], edges: [] } }, templatesOf(signals), encoder);
	return { signals: matched.evidence.signals, notes: matched.notes };
}

/** Vectors of words: two texts are as alike as the words that they share. */
const WORDS: Encoder = {
	name: "words",
	dimensions: 512,
	encode: async (texts) =>
		texts.map((text) => {
			const vector = new Float32Array(512);
			for (const word of text.toLowerCase().match(/[a-z]+/g) ?? []) {
				let hash = 7;
				for (const c of word) hash = (hash * 31 + c.charCodeAt(0)) % 512;
				vector[hash] = 1;
			}
			const length = Math.hypot(...vector) || 1;
			return vector.map((x) => x / length);
		}),
};

const textsAndViews = (signals: readonly Signal[]) => signals.map((s) => [s.body, (s.seenBy ?? []).map((v) => v.source).sort()]);

describe("records of several sources", () => {
	it("are one where their text is one, and two where one source has two", async () => {
		const both = ["cloudwatch", "kubernetes", "loki"].flatMap((source) => [seen(source, 100, "no room"), seen(source, 600, "no room")]);
		const { signals } = await match(both);
		expect(textsAndViews(signals)).toEqual(Array(2).fill(["no room", ["kubernetes", "loki"]]));
		expect(signals[0]?.seenBy?.[0]).toMatchObject({ reason: "same text, 0 ms apart", confidence: 0.97 });
	});

	it("are one where a tracker has both a line and an error of it", async () => {
		const { signals } = await match([
			seen("kubernetes", 0, "orders answered 500"),
			seen("sentry", 2, "orders answered 500"),
			seen("sentry", 3, "orders answered 500", { kind: "error", url: "https://sentry.example/1" }),
		]);
		expect(signals).toMatchObject([{ url: "https://sentry.example/1", seenBy: [{ source: "kubernetes" }, { source: "sentry" }] }]);
	});

	it("stay apart: other text, other place, other request, another time, nobody knows where", async () => {
		const pairs: [Partial<Signal>, string, number][] = [
			[{}, "all is lost", 0],
			[{ service: "db", resource: "db" }, "no room", 0],
			[{ traceId: "b" }, "no room", 0],
			[{}, "no room", 60_000],
		];
		for (const [more, body, ms] of pairs)
			expect((await match([seen("a", 0, "no room", { traceId: "a" }), seen("b", ms, body, more)])).signals).toHaveLength(2);
		const nowhere = { resource: "unknown" };
		const lost = ["a", "b"].map((source) => {
			const { service: _, ...rest } = seen(source, 0, "no room", nowhere);
			return rest;
		});
		expect((await match(lost)).signals).toHaveLength(2);
	});

	it("are one though one store keeps time and level in the line, spells the name in its own way, or cuts the line", async () => {
		const long = "cannot write the order to the ledger: no space left on device";
		const { signals } = await match([
			seen("kubernetes", 0, `09:00:00 ERROR ${long}`, { service: "Order_API", resource: "Order_API" }),
			seen("loki", 3, long, { service: "order-api", resource: "order-api" }),
			seen("sentry", 4, `${long.slice(0, 40)}...`, { kind: "error", service: "order-api", resource: "order-api" }),
		]);
		expect(signals).toHaveLength(1);
		expect(signals[0]?.seenBy?.map((v) => v.reason).sort()).toEqual(["cut off, else the same, 4 ms apart", "same message, 3 ms apart"]);
	});

	it("are one where an exception's message is in the line that logs it", async () => {
		const { signals } = await match([
			seen("kubernetes", 0, "request 77 failed: TypeError: Cannot read properties of undefined path=/order"),
			seen("sentry", 12, "TypeError: Cannot read properties of undefined", { kind: "error" }),
			seen("sentry", 14, "RangeError: Invalid array length", { kind: "error" }),
		]);
		expect(signals).toHaveLength(2);
		expect(signals[0]?.seenBy).toMatchObject([{ source: "sentry", confidence: expect.closeTo(0.9, 1) }]);
	});

	it("do not match what another record of the same words holds for another value", async () => {
		const { signals } = await match([
			seen("kubernetes", 0, "ERROR order 17 could not be stored in the ledger"),
			seen("sentry", 5, "OrderError: order 18 could not be stored in the ledger", { kind: "error" }),
		]);
		expect(signals).toHaveLength(2);
	});
});

describe("records that count others", () => {
	it("give up what other sources hold one by one, and keep the rest", async () => {
		const lines = Array.from({ length: 10 }, (_, i) => seen("kubernetes", i * 1000, `slots are reserved ${i}`));
		const single = seen("sentry", 9000, "slots are reserved 9", { kind: "error", fingerprint: "f" });
		const attributes = { lastSeen: new Date(START + 9000).toISOString(), aggregated: true };
		const counting = (count: number) => seen("sentry", 0, "slots are reserv...", { kind: "error", fingerprint: "f", count, attributes });
		const all = await match([...lines, single, counting(9)]);
		expect(all.signals.map((s) => s.count)).toEqual(Array(10).fill(1));
		expect(all.signals.every((s) => s.seenBy?.[0]?.source === "sentry")).toBe(true);
		const more = await match([...lines, single, counting(12)]);
		expect(more.signals.reduce((sum, s) => sum + s.count, 0)).toBe(13);
	});
});

describe("clocks", () => {
	it("that are off are told, and the records still found", async () => {
		const times = Array.from({ length: 40 }, (_, i) => i * 5_000);
		const logs = times.flatMap((t, i) => [
			seen("kubernetes", t, `step ${i} of the job failed`),
			seen("loki", t + 4_200 + (i % 5) * 20, `step ${i} of the job failed`),
		]);
		const { signals, notes } = await match(logs);
		expect(signals).toHaveLength(40);
		expect(notes).toEqual(["Clocks: loki is 4.2 s ahead of kubernetes (median of 40 records that both saw, spread 0.0 s)."]);
	});

	it("that agree are not spoken of, nor those of which too little is known", async () => {
		const few = [0, 1].flatMap((i) => [seen("a", i, `line number ${i}`), seen("b", i + 9_000, `line number ${i}`)]);
		const { signals, notes } = await match(few);
		expect([signals.length, notes]).toEqual([4, []]);
	});
});

describe("alerts", () => {
	const alert = (source: string, ms: number, name: string, more: Partial<NonNullable<Signal["alert"]>> = {}) =>
		seen(source, ms, name, { kind: "alert", alert: { name, summary: name, ...more } });

	it("are one by name or by metric and limit, firing apart from over", async () => {
		const { signals } = await match([
			alert("grafana", 0, "ErrorsHigh", { metric: "errors", threshold: 1 }),
			alert("cloudwatch", 9_000, "ErrorsHigh web", { metric: "errors", threshold: 1 }),
			alert("cloudwatch", 20_000, "ErrorsHigh", { metric: "errors", threshold: 1, state: "OK" }),
		]);
		expect(signals.map((s) => s.seenBy?.length ?? 0)).toEqual([1, 0]);
	});

	it("in other words are one where their vectors say so, not where they speak of other metrics", async () => {
		const pair = (metric: string) => [
			alert("grafana", 0, "database connections nearly used up", { metric: "pg_connections" }),
			alert("cloudwatch", 4_000, "database connections nearly all used up", { metric }),
		];
		const one = await match(pair("DatabaseConnections connections"), WORDS);
		expect(one.signals).toHaveLength(1);
		expect(one.signals[0]?.seenBy?.[0]?.reason).toMatch(/^texts alike \(0\.9/);
		expect((await match(pair("CPUUtilization"), WORDS)).signals).toHaveLength(2);
		expect((await match(pair("connections"))).signals).toHaveLength(2);
	});
});

describe("a platform's event and the line that tells the same", () => {
	const event = (ms: number, body: string) =>
		seen("kubernetes", ms, body, {
			kind: "event",
			event: { reporter: "kubernetes", reason: "Failed", object: { kind: "Pod", name: "web" } },
		});

	it("stay two, each with the other beside it", async () => {
		const { signals } = await match([
			seen("loki", 0, "image registry.example/web:7 was not found"),
			seen("cloudwatch", 1, "out of handles"),
			event(4_000, "Failed to pull: image registry.example/web:7 was not found"),
			event(4_500, "Readiness probe failed"),
		]);
		expect(signals.map((s) => s.seenBy?.map((v) => `${v.source}/${v.kind}`))).toEqual([
			["kubernetes/event"],
			undefined,
			["loki/log"],
			undefined,
		]);
	});

	it("are found by their vectors where no words are held", async () => {
		const two = [
			seen("loki", 0, "killed: memory limit of container exceeded"),
			seen("loki", 9, "bye"),
			event(2_000, "container killed: memory limit exceeded"),
		];
		expect((await match([...two, seen("a", 1, "hello")], WORDS)).signals[0]?.seenBy).toMatchObject([
			{ kind: "event", reason: expect.stringMatching(/^texts alike/) },
		]);
		expect((await match([...two, seen("a", 1, "hello")])).signals[0]?.seenBy).toBeUndefined();
	});
});

describe("matching", () => {
	/** What several sources may say: events at random, each seen by some, with jitter, cuts, prefixes and traces. */
	function anyRecords(seed: number): { records: Signal[]; event: Map<string, number> } {
		const random = seededRandom(seed);
		const event = new Map<string, number>();
		const records = Array.from({ length: 300 }).flatMap((_, i) => {
			const [ms, kind] = [Math.floor(random() * 600_000), Math.floor(random() * 8)];
			const service = `svc-${Math.floor(random() * 4)}`;
			const text = `failure of kind ${"abcdefgh"[kind]} while storing order ${Math.floor(random() * 50)}`;
			return ["cloudwatch/log", "kubernetes/log", "sentry/log", "sentry/error"].flatMap((store) => {
				if (random() < 0.3) return [];
				const [source, as] = store.split("/") as [string, "log" | "error"];
				const id = `${store}:${i}`;
				event.set(id, i);
				const body = as === "error" && random() < 0.5 ? `StoreError: ${text}` : source === "kubernetes" ? `t ERROR ${text}` : text;
				return [seen(source, ms + Math.floor(random() * 200), body, { id, kind: as, service, resource: service })];
			});
		});
		return { records, event };
	}

	it.each([1, 2, 3, 4, 5])(
		"is one to one, never within a store, loses nothing, and does not depend on the order (seed %i)",
		async (seed) => {
			const { records, event } = anyRecords(seed);
			const { signals } = await match(records, WORDS);
			const members = signals.flatMap((s) => [s.id, ...(s.seenBy ?? []).map((v) => v.id)]);
			expect(members.toSorted()).toEqual(records.map((r) => r.id).sort());
			for (const s of signals) {
				const stores = [`${s.source}/${s.kind}`, ...(s.seenBy ?? []).map((v) => `${v.source}/${v.kind}`)];
				expect(new Set(stores).size).toBe(stores.length);
				for (const v of s.seenBy ?? []) expect(v.confidence > 0 && v.confidence <= 1 && v.reason !== "").toBe(true);
			}
			const random = seededRandom(seed + 100);
			const shuffled = records.map((r) => ({ r, by: random() })).sort((a, b) => a.by - b.by);
			expect(
				(
					await match(
						shuffled.map(({ r }) => r),
						WORDS,
					)
				).signals,
			).toEqual(signals);
			const pairs = (groups: number[][]) => groups.flatMap((g) => g.flatMap((a, i) => g.slice(i + 1).map((b) => a === b)));
			const found = pairs(signals.map((s) => [s.id, ...(s.seenBy ?? []).map((v) => v.id)].map((id) => event.get(id) as number)));
			const truth = [...Map.groupBy(event.values(), (i) => i).values()].reduce((sum, { length: n }) => sum + (n * (n - 1)) / 2, 0);
			const right = found.filter(Boolean).length;
			expect(right / found.length).toBeGreaterThan(0.97);
			expect(right / truth).toBeGreaterThan(0.97);
		},
	);

	it("leaves evidence of one source as it is", async () => {
		const one = [seen("kubernetes", 0, "a"), seen("kubernetes", 0, "a")];
		expect((await match(one)).signals).toEqual(one);
	});

	it("stays near a line in cost: a hundred thousand records of one text at one moment", { timeout: 60_000 }, async () => {
		const flood = ["a", "b"].flatMap((source) =>
			Array.from({ length: 50_000 }, (_, i) => seen(source, i % 1_000, "retry", { id: `${source}${i}` })),
		);
		const { signals } = await match(flood, WORDS);
		expect(signals).toHaveLength(50_000);
	});

	it("does without vectors where the encoder fails, and stops where it was stopped", async () => {
		const failing: Encoder = { name: "x", dimensions: 1, encode: () => Promise.reject(new Error("no model")) };
		const words = [seen("a", 0, "the disk of this machine is full"), seen("b", 3, "no space is left on the disk", { kind: "error" })];
		expect((await match(words, failing)).signals).toHaveLength(2);
	});
});
