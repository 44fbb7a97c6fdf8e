import { toAppError } from "@faultline/contracts";
import { z } from "zod";
import type { Tool, ToolContext } from "../tool.ts";
import { defineTool, READS } from "../tool.ts";

/** One thing that the source must allow. `run` throws where it does not; what it returns is told ("12 pods"). */
export interface AccessCheck {
	/** The kind of evidence or the permission: "logs", "events", "metrics"... */
	name: string;
	run(context: ToolContext): Promise<string>;
}

const Input = z.object({});
const Output = z.object({
	ok: z.boolean(),
	checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string(), hint: z.string().optional() })),
});

/** The tool `check_access` of a source: reachability and permissions, one check per kind of evidence, all run even where one fails. */
export function checkAccessTool(sourceTitle: string, checks: readonly AccessCheck[]): Tool<typeof Input, typeof Output> {
	return defineTool({
		name: "check_access",
		title: `Check access to ${sourceTitle}`,
		description: `Whether ${sourceTitle} can be reached and what of it may be read: one line per kind of evidence, with what to mend. Use it when other tools of this server fail or return nothing.`,
		inputSchema: Input,
		outputSchema: Output,
		annotations: READS,
		async run(_input, context) {
			const results = await Promise.all(checks.map(async (check) => await runCheck(check, context)));
			const ok = results.every((result) => result.ok);
			const lines = results.map(
				(result) =>
					`${result.ok ? "ok  " : "FAIL"} ${result.name}: ${result.detail}${result.hint === undefined ? "" : ` Try: ${result.hint}`}`,
			);
			return {
				data: { ok, checks: results },
				text: [`${sourceTitle}: ${ok ? "everything can be read" : "not everything can be read"}.`, ...lines].join("\n"),
			};
		},
	});
}

async function runCheck(check: AccessCheck, context: ToolContext): Promise<{ name: string; ok: boolean; detail: string; hint?: string }> {
	try {
		return { name: check.name, ok: true, detail: await check.run(context) };
	} catch (thrown) {
		if (context.signal.aborted) throw thrown;
		const error = toAppError(thrown);
		const detail = error.code === "INTERNAL" ? "the check itself has a defect" : error.message;
		return { name: check.name, ok: false, detail: `${error.code}: ${detail}`, ...(error.hint === undefined ? {} : { hint: error.hint }) };
	}
}
