import { EvidencePage, type Signal } from "@faultline/contracts";
import { coverageOf, defineTool, EvidenceInput, evidenceReply, pageRequest, READS, redactionsOf } from "@faultline/mcp";
import { z } from "zod";
import type { CloudWatchApi } from "../client.ts";
import { trailLink } from "../console-links.ts";
import { MACHINE_NOISE, mapTrailEvent } from "../map-trail.ts";

/** The token of AWS's page, and how many of its events were told. */
const Position = z.object({ token: z.string().nullable(), skip: z.int().nonnegative() });
type Position = z.output<typeof Position>;
/** AWS's largest page. */
const PAGE = 50;
const KEPT_MS = 90 * 86_400_000;

export function listChanges(api: CloudWatchApi) {
	return defineTool({
		name: "list_changes",
		title: "List changes",
		description:
			"Changes to the AWS account in a window, newest first, from CloudTrail's write events: deployments (ECS, Lambda, CodeDeploy, CloudFormation), scaling, configuration, failed attempts too. Each with who, what, on which resource, and a console link. Kept 90 days; AWS delivers events within about 15 minutes.",
		inputSchema: EvidenceInput,
		outputSchema: EvidencePage,
		annotations: READS,
		evidence: ["change"],
		async run(input, context) {
			const { window, position, next } = pageRequest("list_changes", input, context.now(), Position);
			const [from, to] = [Date.parse(window.from), Date.parse(window.to)];
			const region = await api.region();
			const { signals, follows } = await read(api, { from, to, limit: input.limit, start: position, region }, context.signal);
			const oldest = context.now() - KEPT_MS;
			const coverage = coverageOf("cloudwatch", window, {
				waitedMs: api.waitedMs(context.signal),
				...(from < oldest ? { oldestAvailable: new Date(oldest).toISOString(), reason: "CloudTrail keeps events for 90 days" } : {}),
			});
			return evidenceReply(
				{
					signals,
					coverage,
					redactions: redactionsOf(signals),
					url: trailLink(region, { from, to }),
					...(follows === undefined ? {} : { nextCursor: next(follows) }),
				},
				"Changes",
				{
					detail: input.detail,
					whenEmpty:
						"CloudTrail tells no write event in this window. Events arrive up to 15 minutes late; try a wider window, or check_access.",
				},
			);
		},
	});
}

interface Asked {
	from: number;
	to: number;
	limit: number;
	start: Position | undefined;
	region: string;
}

async function read(api: CloudWatchApi, asked: Asked, signal: AbortSignal): Promise<{ signals: Signal[]; follows: Position | undefined }> {
	const signals: Signal[] = [];
	let { token, skip } = asked.start ?? { token: null, skip: 0 };
	for (;;) {
		const page = await api.lookupEvents(
			{
				LookupAttributes: [{ AttributeKey: "ReadOnly", AttributeValue: "false" }],
				StartTime: new Date(asked.from),
				EndTime: new Date(asked.to),
				MaxResults: PAGE,
				...(token === null ? {} : { NextToken: token }),
			},
			signal,
		);
		const events = page.Events ?? [];
		for (; skip < events.length; skip++) {
			const event = events[skip];
			const ms = event?.EventTime?.getTime() ?? Number.NaN;
			if (event === undefined || ms < asked.from || ms >= asked.to || MACHINE_NOISE.test(event.EventName ?? "")) continue;
			if (signals.length >= asked.limit) return { signals, follows: { token, skip } };
			signals.push(mapTrailEvent(event, asked.region));
		}
		if (page.NextToken === undefined || page.NextToken === "") return { signals, follows: undefined };
		[token, skip] = [page.NextToken, 0];
		if (signals.length >= asked.limit) return { signals, follows: { token, skip } };
	}
}
