import { defineTool, READS } from "@faultline/mcp";
import { z } from "zod";
import { SOURCE_NAMES } from "../config/schema.ts";
import type { Desk } from "./desk.ts";

const SourceLine = z.object({
	source: z.string(),
	status: z.enum(["ok", "partial", "failed", "not-configured"]),
	checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string(), hint: z.string().optional() })),
	reason: z.string().optional(),
	hint: z.string().optional(),
	lastCoverage: z.record(z.string(), z.unknown()).optional(),
});

export function listSources(desk: Desk) {
	return defineTool({
		name: "list_sources",
		title: "List sources",
		description: [
			"Every source that Faultline can read (Kubernetes, Sentry, CloudWatch, Grafana): whether it is configured, what it can reach and what it may read right now, how to mend what it cannot, and what it covered in the newest incident.",
			"Use it when an answer has gaps, or says nothing where something was expected. Up to 15 s.",
		].join("\n"),
		inputSchema: z.object({}),
		outputSchema: z.object({ sources: z.array(SourceLine) }),
		annotations: READS,
		async run(_input, context) {
			const [health, newest] = await Promise.all([desk.checkSources(context.signal), newestCoverage(desk)]);
			const sources = SOURCE_NAMES.map((source): z.infer<typeof SourceLine> => {
				const found = health.find((h) => h.source === source);
				const covered = newest.find((c) => c.source === source);
				if (found === undefined) return { source, status: "not-configured", checks: [], hint: `add sources.${source} to faultline.yaml` };
				const error =
					found.error === undefined
						? {}
						: {
								reason: `${found.error.code}: ${found.error.message}`,
								...(found.error.hint === undefined ? {} : { hint: found.error.hint }),
							};
				const checks = found.checks.map(({ hint, ...check }) => ({ ...check, ...(hint === undefined ? {} : { hint }) }));
				return { source, status: found.status, checks, ...error, ...(covered === undefined ? {} : { lastCoverage: covered }) };
			});
			return { data: { sources }, text: sources.map(describe).join("\n") };
		},
	});
}

async function newestCoverage(desk: Desk) {
	const [newest] = await desk.store.list(1);
	return newest === undefined
		? []
		: await desk.store.report(newest.id).then(
				(r) => r.coverage,
				() => [],
			);
}

function describe({ source, status, checks, reason, hint }: z.infer<typeof SourceLine>): string {
	const lines = [`${source}: ${status}${reason === undefined ? "" : ` (${reason})`}${hint === undefined ? "" : `. Try: ${hint}`}`];
	for (const check of checks)
		lines.push(`  ${check.ok ? "ok  " : "FAIL"} ${check.name}: ${check.detail}${check.hint === undefined ? "" : `. Try: ${check.hint}`}`);
	return lines.join("\n");
}
