import { AppError, EvidencePage, type Signal } from "@faultline/contracts";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { ToolContext } from "../tool.ts";
import { defineTool, READS } from "../tool.ts";
import { EvidenceInput } from "./input.ts";
import { coverageOf, pageRequest } from "./page.ts";
import { evidenceReply } from "./reply.ts";
import { acrossTargets } from "./targets.ts";

const context: ToolContext = {
	signal: new AbortController().signal,
	progress: () => undefined,
	now: () => Date.parse("2026-06-19T09:30:00Z"),
};

const signal = (id: string): Signal => ({
	id,
	source: "acme",
	kind: "log",
	time: "2026-06-19T09:10:00Z",
	severity: 9,
	resource: "web",
	body: id,
	attributes: {},
	count: 1,
	redactions: 0,
});

/** Pages through `count` records, two a page. */
function pages(name: string, count: number, windows: string[] = []) {
	return defineTool({
		name: "list_lines",
		title: "Lines",
		description: "lines",
		inputSchema: EvidenceInput,
		outputSchema: EvidencePage,
		annotations: READS,
		async run(input, { now }) {
			if (count < 0) throw new AppError("UNAUTHORIZED", "acme did not accept the token");
			const { window, position = 0, next } = pageRequest("list_lines", input, now(), z.number());
			windows.push(window.from);
			const signals = Array.from({ length: count }, (_, i) => signal(`${name}${i}`)).slice(position, position + 2);
			const nextCursor = position + 2 < count ? { nextCursor: next(position + 2) } : {};
			return evidenceReply({ signals, coverage: coverageOf("acme", window), ...nextCursor }, "Lines");
		},
	});
}

async function readAll(tool: ReturnType<typeof acrossTargets>, input: Record<string, unknown> = {}) {
	const found: EvidencePage[] = [];
	let cursor: string | undefined;
	do {
		const reply = await tool.run(tool.inputSchema.parse({ ...input, ...(cursor ? { cursor } : {}) }), context);
		found.push(EvidencePage.parse(reply.data));
		cursor = found.at(-1)?.nextCursor;
	} while (cursor !== undefined && found.length < 50);
	return found;
}

describe("several upstreams behind one tool", () => {
	it("are read one after another over one window, every record once and marked", async () => {
		const windows: string[] = [];
		const tool = acrossTargets("account", [
			{ name: "eu", tool: pages("a", 3, windows) },
			{ name: "us", tool: pages("a", 4, windows) },
		]);
		const ids = (await readAll(tool)).flatMap((p) => p.signals.map((s) => `${s.id} ${s.attributes.account}`));
		expect(ids).toEqual(["a0@eu eu", "a1@eu eu", "a2@eu eu", "a0@us us", "a1@us us", "a2@us us", "a3@us us"]);
		expect(new Set(windows).size).toBe(1);
	});

	it("can be named; a name that is not configured is refused with those that are", async () => {
		const tool = acrossTargets("account", [
			{ name: "eu", tool: pages("a", 3) },
			{ name: "us", tool: pages("b", 1) },
		]);
		expect((await readAll(tool, { account: "us" })).flatMap((p) => p.signals.map((s) => s.body))).toEqual(["b0"]);
		const refused = tool.inputSchema.safeParse({ account: "mars" });
		expect(refused.error?.issues[0]?.message).toContain('"eu"|"us"');
	});

	it("that fail are told, and do not hide the others; one that is named fails as it is", async () => {
		const tool = acrossTargets("account", [
			{ name: "eu", tool: pages("a", -1) },
			{ name: "us", tool: pages("b", 1) },
		]);
		const found = await readAll(tool);
		expect(found[0]?.coverage).toMatchObject({ status: "failed", reason: "eu: UNAUTHORIZED: acme did not accept the token" });
		expect(found[1]?.signals.map((s) => s.body)).toEqual(["b0"]);
		await expect(readAll(tool, { account: "eu" })).rejects.toMatchObject({ code: "UNAUTHORIZED" });
	});

	it("that is one changes nothing", () => {
		const tool = pages("a", 1);
		expect(acrossTargets("account", [{ name: "eu", tool }])).toBe(tool);
		expect(() => acrossTargets("account", [])).toThrow("no account is configured");
	});
});
