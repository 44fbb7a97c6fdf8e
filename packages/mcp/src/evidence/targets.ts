import type { EvidencePage } from "@faultline/contracts";
import { AppError, toAppError } from "@faultline/contracts";
import { z } from "zod";
import type { AnyTool, ToolContext, ToolReply } from "../tool.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { windowOf } from "./input.ts";
import { coverageOf } from "./page.ts";
import { evidenceReply } from "./reply.ts";

/** One of several upstreams of the same kind (an account, a cluster, an organisation), with the tool that reads it. */
export interface Target {
	/** The name that the configuration gives it: what a caller may say, and nothing else. */
	name: string;
	tool: AnyTool;
}

type Input = Record<string, unknown> & { from?: string; to?: string; cursor?: string };
const Place = z.object({ t: z.int().nonnegative(), c: z.string().nullable(), w: z.tuple([z.string(), z.string()]).nullable() });

/**
 * One tool over several upstreams, by name from an allow-list. Where the caller names none, a tool that pages reads them one after another
 * under one cursor, and says which of them failed; any other reads the first. Over one upstream the tool stays as it is.
 */
export function acrossTargets(argument: string, targets: readonly Target[]): AnyTool {
	const first = targets[0];
	if (first === undefined) throw new AppError("BAD_CONFIG", `no ${argument} is configured`);
	if (targets.length === 1) return first.tool;
	const names = targets.map((t) => t.name) as [string, ...string[]];
	const paged = "cursor" in first.tool.inputSchema.shape;
	const which = z
		.enum(names)
		.optional()
		.describe(paged ? `Only this ${argument}; default: all, page by page.` : `Default ${first.name}.`);
	return {
		...first.tool,
		inputSchema: first.tool.inputSchema.extend({ [argument]: which }),
		async run(input: Input, context: ToolContext) {
			const { [argument]: wanted, ...rest } = input;
			if (!paged || wanted !== undefined) {
				const target = targets.find((t) => t.name === (wanted ?? first.name)) ?? first;
				return marked(await target.tool.run(rest, context), argument, target.name);
			}
			return await readOneAfterAnother(argument, targets, rest as Input, context);
		},
	};
}

async function readOneAfterAnother(
	argument: string,
	targets: readonly Target[],
	{ cursor, ...input }: Input,
	context: ToolContext,
): Promise<ToolReply<object>> {
	const { limit: _limit, detail: _detail, ...asked } = input as Input & { limit?: unknown; detail?: unknown };
	const query = { tool: targets[0]?.tool.name, argument, names: targets.map((t) => t.name), ...asked };
	const place = cursor === undefined ? { t: 0, c: null, w: null } : decodeCursor(query, cursor, Place);
	const target = targets[place.t];
	if (target === undefined) throw new AppError("BAD_INPUT", "this cursor is beyond the last page", { hint: "leave cursor out" });
	const inner = {
		...input,
		...(place.w === null ? {} : { from: place.w[0], to: place.w[1] }),
		...(place.c === null ? {} : { cursor: place.c }),
	};
	const reply = await readOrTell(target, inner, context);
	const page = reply.data as EvidencePage;
	const window: [string, string] = [page.coverage.from, page.coverage.to];
	const next =
		page.nextCursor !== undefined
			? encodeCursor(query, { t: place.t, c: page.nextCursor, w: place.w })
			: place.t + 1 < targets.length
				? encodeCursor(query, { t: place.t + 1, c: null, w: window })
				: undefined;
	const { nextCursor: _inner, ...own } = page;
	const more =
		next === undefined || page.nextCursor !== undefined
			? ""
			: `\nThere is more: ${targets[place.t + 1]?.name} follows; repeat the call with cursor = nextCursor.`;
	return marked(
		{ ...reply, data: { ...own, ...(next === undefined ? {} : { nextCursor: next }) }, text: `${reply.text}${more}` },
		argument,
		target.name,
	);
}

/** One upstream that cannot be read does not hide the others: its page says so. What the caller can mend is thrown all the same. */
async function readOrTell(target: Target, input: Input, context: ToolContext): Promise<ToolReply<object>> {
	try {
		return (await target.tool.run(input, context)) as ToolReply<object>;
	} catch (thrown) {
		const error = toAppError(thrown);
		if (error.code === "CANCELLED" || error.code === "BAD_INPUT" || error.code === "INTERNAL") throw error;
		const coverage = coverageOf("", windowOf(input, context.now()), { skipped: [`${target.name}: ${error.code}: ${error.message}`] });
		return evidenceReply({ coverage: { ...coverage, source: target.name, status: "failed" } }, target.tool.title);
	}
}

/** Records of several upstreams in one list: each says where it is from, and no two share an id. */
function marked(reply: ToolReply<object>, argument: string, name: string): ToolReply<object> {
	const data = reply.data as Partial<EvidencePage>;
	return {
		...reply,
		text: `[${argument} ${name}] ${reply.text}`,
		data: {
			...data,
			...(data.signals === undefined
				? {}
				: { signals: data.signals.map((s) => ({ ...s, id: `${s.id}@${name}`, attributes: { ...s.attributes, [argument]: name } })) }),
			...(data.series === undefined ? {} : { series: data.series.map((s) => ({ ...s, id: `${s.id}@${name}` })) }),
		},
	};
}
