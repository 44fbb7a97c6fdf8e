import { mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EvidenceSet, LanguageModel } from "@faultline/contracts";
import { describe, expect, it } from "vitest";
import { buildReport, HOSTILE, hostileReport } from "../testing/build-report.ts";
import { answerQuestion } from "./answer-question.ts";
import { answerWithModel } from "./answer-with-model.ts";
import { briefReport } from "./brief-report.ts";
import { fiveLines } from "./five-lines.ts";
import { folderStore, newIncidentId } from "./incident-store.ts";
import { plain, shorten } from "./plain-text.ts";
import { estimateTokens } from "./token-budget.ts";

const CONTROL = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

describe("plain", () => {
	it("leaves no terminal escape, control or bidi character, and one line", () => {
		const text = plain(HOSTILE);
		expect(text).not.toMatch(CONTROL);
		expect(text).not.toContain("evil.example\u0007");
		expect(text).toContain("click <script>");
		expect(text).not.toContain("[2J");
	});

	it("cuts by characters, not in the middle of one, and quickly where the text is huge", () => {
		expect(plain("😀".repeat(10), 4)).toBe("😀😀😀…");
		expect(plain("a".repeat(10_000_000), 50)).toHaveLength(50);
		expect(shorten("one two three", 10)).toBe("one two…");
		expect(plain("caf\u00e9 日本")).toBe("café 日本");
	});
});

describe("fiveLines", () => {
	const lines = (changes = {}) => fiveLines(buildReport(changes)).map((l) => `${l.label}: ${l.text}`);

	it("says status, cause, impact, change and the safest step with its undo", () => {
		expect(lines()).toEqual([
			"Status: incident · high severity · likely",
			"Cause: checkout: it throws since the deploy",
			"Impact: 2 resources answer slowly, since 2026-06-19T09:10:00Z",
			"Change: New price rules (deploy-7, 0123456789abcdef, 2026-06-19T09:09:00Z): its diff touches the failing code [likely]",
			"Next: Roll checkout back (low risk; undo: kubectl rollout undo deployment/checkout)",
		]);
	});

	it("says how the cause fails, where the title has it, and not a bare figure", () => {
		const rootCauses = [{ resource: "db-1", score: 0.9, signals: [], reason: "memory.used 42 MB, usually 1.2 MB; it refuses writes" }];
		expect(lines({ title: "db-1: out of memory", rootCauses })[1]).toBe("Cause: db-1: out of memory (memory.used 42 MB, usually 1.2 MB)");
	});

	it("does not say that all is well where too little is known", () => {
		const blind = { verdict: "no-incident" as const, confidence: "inconclusive" as const, rootCauses: [], change: null, remediations: [] };
		expect(lines(blind)[1]).toBe("Cause: nothing abnormal was found, but too little is known to say that all is well");
		expect(lines(blind)[4]).toBe("Next: widen the window, or add a source; see the gaps below");
	});

	it("names a commit once, by its first digits", () => {
		const sha = "9fc2e13d1cabd6b0bb24bc2fcdc21985ac3461f2";
		const change = { id: sha, commitId: sha, title: "Tiers", confidence: "confirmed" as const, reason: "it throws there", evidence: [] };
		expect(lines({ change })[3]).toBe("Change: Tiers (9fc2e13d1cab): it throws there [confirmed]");
	});

	it("names a lead and no cause where the evidence does not decide", () => {
		expect(lines({ confidence: "inconclusive", change: null, remediations: [] })).toEqual([
			"Status: incident · high severity · inconclusive",
			"Cause: not determined; strongest lead checkout (it throws since the deploy)",
			"Impact: 2 resources answer slowly, since 2026-06-19T09:10:00Z",
			"Change: no change is known to explain this",
			"Next: look at checkout first; nothing safe enough to propose (nothing to undo)",
		]);
	});

	it("says that nothing is broken", () => {
		const healthy = {
			verdict: "no-incident" as const,
			severity: "none" as const,
			rootCauses: [],
			change: null,
			remediations: [],
			impact: "",
			startedAt: null,
		};
		expect(lines(healthy)[0]).toBe("Status: no incident · likely");
		expect(lines(healthy)[1]).toBe("Cause: nothing is broken in this window");
		expect(lines(healthy)[4]).toBe("Next: nothing to do");
	});
});

describe("briefReport", () => {
	it("stays within its budget for a huge and hostile report, and says what is left out", () => {
		const hostile = hostileReport();
		const many = <T>(one: T) => Array.from({ length: 2000 }, () => one);
		const huge = {
			...hostile,
			findings: many({ claim: HOSTILE.repeat(20), evidence: ["log:1", "log:2"], validated: true }),
			blastRadius: many("服務".repeat(100)),
			notes: many("n".repeat(5000)),
			coverage: many(hostile.coverage[1]!),
		};
		const { data, text } = briefReport(huge);
		expect(estimateTokens(text) + estimateTokens(JSON.stringify(data))).toBeLessThan(9000);
		expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
		expect(data).toMatchObject({ omitted: { findings: expect.any(Number) } });
	});

	it("begins with the five lines and ends with where the whole is", () => {
		const { text, data } = briefReport(buildReport());
		expect(text.split("\n").slice(0, 2)).toEqual([
			"Status: incident · high severity · likely",
			"Cause: checkout: it throws since the deploy",
		]);
		expect(text).toContain("- checkout throws TypeError 40 times a minute [log:1]");
		expect(text).toContain("- grafana failed: UNAVAILABLE: refused");
		expect(text).toContain("faultline://incidents/inc-1");
		expect(Object.keys(data.evidence as object)).toEqual(["log:1", "log:2", "metric:1"]);
	});
});

describe("folderStore", () => {
	const folder = () => mkdtemp(join(tmpdir(), "faultline-store-"));

	it("gives back what it keeps, readable by its owner only", async () => {
		const directory = await folder();
		const store = folderStore(directory);
		await store.saveReport(buildReport());
		expect(await store.report("inc-1")).toEqual(buildReport());
		expect((await stat(join(directory, "incidents", "inc-1.json"))).mode & 0o077).toBe(0);
		expect(await readdir(join(directory, "incidents"))).toEqual(["inc-1.json"]);
	});

	it("keeps evidence with its series, missing values included", async () => {
		const directory = await folder();
		const store = folderStore(directory);
		const series = {
			id: "m",
			source: "grafana",
			resource: "web",
			metric: "cpu",
			unit: "%",
			times: Float64Array.of(1, 2),
			values: Float64Array.of(0.5, Number.NaN),
		};
		const evidence: EvidenceSet = {
			id: "ev-1",
			title: "t",
			window: buildReport().window,
			signals: [],
			series: [series],
			baselineSeries: [],
			topology: { nodes: [{ id: "web" }], edges: [] },
			coverage: [],
			focus: "web",
		};
		await store.saveEvidence(evidence);
		expect(await store.evidence("ev-1")).toEqual(evidence);

		// unpacked once for many readers, anew where it was written anew, and gone where it is gone
		const readers = await Promise.all(Array.from({ length: 20 }, async () => await store.evidence("ev-1")));
		expect(new Set(readers).size).toBe(1);
		await store.saveEvidence({ ...evidence, title: "written once more" });
		expect((await store.evidence("ev-1")).title).toBe("written once more");
		await rm(join(directory, "evidence", "ev-1.json.gz"));
		await expect(store.evidence("ev-1")).rejects.toMatchObject({ code: "NOT_FOUND" });
	});

	it("keeps only the newest, and lists them newest first", async () => {
		const directory = await folder();
		const store = folderStore(directory, { reports: 2, evidence: 1 });
		for (const [i, id] of ["a", "b", "c"].entries()) {
			await store.saveReport(buildReport({ id }));
			await utimes(join(directory, "incidents", `${id}.json`), 1000 + i, 1000 + i);
		}
		await store.saveReport(buildReport({ id: "d" }));
		expect((await store.list()).map((s) => s.id)).toEqual(["d", "c"]);
		await expect(store.report("a")).rejects.toMatchObject({ code: "NOT_FOUND" });
	});

	it.each(["../../etc/passwd", "..", ".hidden", "a/b", "", "x".repeat(200)])("never leaves its folder: %j", async (id) => {
		await expect(folderStore(await folder()).report(id)).rejects.toMatchObject({ code: "BAD_INPUT" });
	});

	it("says which report is damaged, and lists the others", async () => {
		const directory = await folder();
		const store = folderStore(directory);
		await store.saveReport(buildReport());
		await writeFile(join(directory, "incidents", "broken.json"), '{"schema": "faultline.rep');
		await expect(store.report("broken")).rejects.toThrow(/damaged/);
		expect((await store.list()).map((s) => s.id)).toEqual(["inc-1"]);
	});

	it("makes ids that sort by time", () => {
		const ids = [newIncidentId(Date.parse("2026-06-19T09:00:00Z")), newIncidentId(Date.parse("2026-06-19T09:00:01Z"))];
		expect(ids[0]).toMatch(/^inc-20260619-090000-[0-9a-f]{6}$/);
		expect([...ids].sort()).toEqual(ids);
	});
});

describe("answerQuestion", () => {
	const ask = (question: string, changes = {}) => answerQuestion(question, buildReport(changes));

	it.each([
		["what's broken?", "broken", "checkout fails (high severity, likely)."],
		["why?", "why", "Cause: checkout: it throws since the deploy"],
		["since when?", "since", "It started at 2026-06-19T09:10:00Z; checkout failed first."],
		["what changed", "change", "Change: New price rules"],
		[
			"what can I safely do?",
			"do",
			"Roll checkout back (low risk): the fault began with its deploy\nCheck first: there is a revision before\nRun: kubectl rollout undo deployment/checkout\nUndo: kubectl rollout undo deployment/checkout\nOr: Restart checkout (medium risk; undo: none is needed)",
		],
		["who is affected?", "impact", "Impact: 2 resources answer slowly"],
		["which alerts fired?", "alerts", "CheckoutErrors"],
		["what did you rule out?", "ruled-out", "the deploy of payments: it came after the onset"],
		["is payments broken?", "resource", "payments is affected, not the cause."],
		["is checkout down?", "resource", "checkout is the cause: it throws since the deploy"],
		["how sure are you?", "coverage", "The conclusion is likely."],
	])("%s", (question, intent, text) => {
		const answer = ask(question);
		expect(answer.intent).toBe(intent);
		expect(answer.sentences.map((s) => s.text).join("\n")).toContain(text);
		expect(answer).toEqual(ask(question));
	});

	it("does not take part of a word for a resource", () => {
		expect(ask("is checkout-v2 broken?").about).toBeUndefined();
	});

	it("never claims a cause where there is none", () => {
		expect(ask("is checkout broken?", { confidence: "inconclusive" }).sentences[0]?.text).toContain("the cause is not determined");
		expect(ask("what's broken", { verdict: "no-incident" }).sentences[0]?.text).toBe("Nothing is broken (likely).");
	});
});

describe("answerWithModel", () => {
	const saying = (text: string): LanguageModel => ({
		name: "test",
		complete: async () => ({ text, inputTokens: 1, outputTokens: 1, costUsd: 0 }),
	});
	const report = buildReport();
	const answer = answerQuestion("why?", report);

	it("keeps the sentences that cite known evidence and drops the others", async () => {
		const reply = JSON.stringify({
			sentences: [
				{ text: "checkout throws", evidence: ["log:1", "made-up"] },
				{ text: "aliens", evidence: ["made-up"] },
				{ text: "no evidence", evidence: [] },
			],
		});
		const worded = await answerWithModel(answer, report, saying(`Here: ${reply}`));
		expect(worded).toMatchObject({ wordedBy: "model", sentences: [{ text: "checkout throws", evidence: ["log:1"] }] });
	});

	it.each(["not JSON", "{", '{"sentences": "no"}', '{"sentences": [{"text": "x", "evidence": []}]}'])(
		"falls back on the rules: %j",
		async (text) => {
			expect(await answerWithModel(answer, report, saying(text))).toEqual(answer);
		},
	);

	it("falls back where the model fails", async () => {
		const failing: LanguageModel = { name: "test", complete: () => Promise.reject(new Error("down")) };
		expect(await answerWithModel(answer, report, failing)).toEqual(answer);
	});
});
